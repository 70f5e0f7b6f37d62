// Throughput of streams in a page of headless Chromium; null where there is none.

import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { build } from 'esbuild'
import { chromium } from 'playwright'
import { median } from './harness.mjs'

const PROGRAM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']

/** What runs in the page. */
const PAGE = `
import { generateIdentity, openStream, sealStream } from '@zkeb/core'

globalThis.measure = async (mebibytes) => {
  const make = () => generateIdentity({ suite: 'x25519' })
  const [alice, bob] = [await make(), await make()]
  const bytes = mebibytes * 2 ** 20
  const content = new Blob(Array.from({ length: mebibytes * 4 }, () => new Uint8Array(2 ** 18)))
  const time = async (stream, work) => {
    const start = performance.now()
    const result = await work(stream)
    return [bytes / 1e6 / ((performance.now() - start) / 1000), result]
  }
  const collect = (stream) => new Response(stream).blob()
  const sealing = content.stream().pipeThrough(sealStream({ to: bob.public, from: alice }))
  const [seal, sealed] = await time(sealing, collect)
  const opening = sealed.stream().pipeThrough(openStream({ as: bob, from: alice.public }))
  const [open, opened] = await time(opening, collect)
  if (opened.size !== bytes) throw new Error('lost content')
  return { seal, open }
}
`

/** Medians in MB/s of sealing and opening a Blob. */
export async function measureInChromium({ mebibytes, runs }) {
  if (!existsSync(PROGRAM)) return null
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: import.meta.dirname },
    tsconfigRaw: {},
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  })
  // Over http from localhost: about:blank has no WebCrypto.
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<script type="module">${outputFiles[0].text.replaceAll('</', '<\\/')}</script>`)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await chromium.launch({ executablePath: PROGRAM, args: ARGS })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    await page.waitForFunction(() => globalThis.measure !== undefined)
    const rates = []
    for (let run = -1; run < runs; run++) {
      const rate = await page.evaluate((size) => globalThis.measure(size), mebibytes)
      if (run >= 0) rates.push(rate)
    }
    return {
      seal: median(rates.map(({ seal }) => seal)),
      open: median(rates.map(({ open }) => open)),
    }
  } finally {
    await browser.close()
    server.close()
  }
}
