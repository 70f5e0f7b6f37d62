import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

const ROOT = new URL('../../', import.meta.url)
const BLOCK = /^```ts (\w+)\n([\s\S]*?)^```$/gm
const ID = /^\0readme:(?:(?<name>[\w-]+)\/)?(?<mark>\w+)\/(?<index>\d+)$/

/**
 * Makes the code of READMEs importable, so that it runs as it stands: `readme:node/0` is the first block marked `ts node`,
 * `readme:browser/0` the first marked `ts browser`, and `readme:core/node/0` the first of packages/core/README.md.
 */
export function readmePlugin(): Plugin {
  return {
    name: 'readme',
    enforce: 'pre',
    resolveId: (id) => (ID.test(`\0${id}`) ? `\0${id}` : undefined),
    load(id) {
      const { name, mark, index } = ID.exec(id)?.groups ?? {}
      if (mark === undefined) return undefined
      const path = name === undefined ? 'README.md' : `packages/${name}/README.md`
      const text = readFileSync(new URL(path, ROOT), 'utf8')
      const code = [...text.matchAll(BLOCK)].filter(([, m]) => m === mark)[Number(index)]?.[2]
      if (code === undefined) throw new Error(`${path} has no block ${mark} ${index}`)
      return code
    },
  }
}
