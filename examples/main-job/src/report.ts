import { styleText } from 'node:util'

const WIDTH = 96

/** Runs one step of the job and prints its name, what it found, and how long it took. */
export async function step<T>(name: string, work: () => Promise<T>, note?: (result: T) => string) {
  const start = performance.now()
  const result = await work()
  const time = `${(performance.now() - start).toFixed(0)} ms`.padStart(9)
  const text = note ? `${name}: ${note(result)}` : name
  console.log(`${styleText('green', '✓')} ${styleText('dim', time)}  ${text}`)
  return result
}

export function heading(text: string): void {
  console.log(`\n${styleText('bold', text)}`)
}

/** Prints names and values in two columns, long values cut. */
export function table(rows: Record<string, unknown>): void {
  const width = Math.max(...Object.keys(rows).map((name) => name.length))
  for (const [name, value] of Object.entries(rows)) {
    console.log(`  ${styleText('cyan', name.padEnd(width))}  ${cut(show(value), WIDTH - width)}`)
  }
}

function show(value: unknown): string {
  if (value === null) return styleText('dim', 'null')
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function cut(text: string, width: number): string {
  const line = text.replaceAll('\n', '⏎')
  if (line.length <= width) return line
  return `${line.slice(0, width - 24)}… (${text.length} characters)`
}
