/** Stands in for the browser project on a machine without Chromium: a skip by name, in CI a failure. */
import { test } from 'vitest'
import { CHROMIUM_HELP } from './chromium.js'

test.skipIf(!process.env['CI'])(`browser: ${CHROMIUM_HELP}`, () => {
  throw new Error(CHROMIUM_HELP)
})
