import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

const README = new URL('../../README.md', import.meta.url)
const BLOCK = /^```ts (\w+)\n([\s\S]*?)^```$/gm
const PREFIX = 'readme:'

/**
 * Makes the README's code importable, so that it runs as it stands: `readme:node/0` is the first block marked `ts node`,
 * `readme:browser/0` the first marked `ts browser`.
 */
export function readmePlugin(): Plugin {
  return {
    name: 'readme',
    enforce: 'pre',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return undefined
      const [mark, index] = id.slice(PREFIX.length + 1).split('/')
      const blocks = [...readFileSync(README, 'utf8').matchAll(BLOCK)].filter(([, m]) => m === mark)
      const code = blocks[Number(index)]?.[2]
      if (code === undefined) throw new Error(`README.md has no block ${mark} ${index}`)
      return code
    },
  }
}
