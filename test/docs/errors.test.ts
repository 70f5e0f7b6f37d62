/** docs/errors.md is written from the tables of codes: `npm test -- --project docs -u` writes it anew. */
import { expect, test } from 'vitest'
import { ERROR_CODES } from '../../packages/core/src/errors'
import { STORE_ERROR_CODES } from '../../packages/node-store/src/db/errors'

type Codes = Record<string, { readonly meaning: string; readonly remedy: string }>

const HEAD = `# Errors

Every error of zkeb that a program may want to react to is a \`ZkebError\` with a stable \`code\`; \`isZkebError(error, 'EXPIRED')\`
tells. \`message\` and \`hint\` are for people and may change. Misuse of a function is a TypeError or RangeError that names the
argument. No secret is ever in a message.

This page is generated from the tables in the code.
`

test('docs/errors.md says what the tables say', async () => {
  const core = section('@zkeb/core', ERROR_CODES)
  const store = section('@zkeb/node-store', STORE_ERROR_CODES)
  await expect([HEAD, core, store].join('\n')).toMatchFileSnapshot('../../docs/errors.md')
})

function section(name: string, codes: Codes): string {
  const rows = Object.entries(codes).map(
    ([code, { meaning, remedy }]) => `| ${code} | ${meaning} | ${remedy} |`,
  )
  return [`## ${name}`, '', '| code | meaning | what to do |', '|---|---|---|', ...rows, ''].join(
    '\n',
  )
}
