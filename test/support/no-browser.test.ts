/** Stands in for a browser project on a machine without that engine: a skip by name, in CI a failure. */
import { inject, test } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** How to get the engine. */
    browserHelp: string
  }
}

test.skipIf(!process.env['CI'])(`browser: ${inject('browserHelp')}`, () => {
  throw new Error(inject('browserHelp'))
})
