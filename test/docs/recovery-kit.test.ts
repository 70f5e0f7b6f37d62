/** The kit as a browser prints it: one page, nothing loaded or run, and its QR code scans. Skipped where there is no Chromium. */
import { decodeShare, recoveryKit } from '@zkeb/core/recovery'
import jsQR from 'jsqr'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHROMIUM_ARGS, CHROMIUM_HELP, findChromium } from '../support/chromium'
import { makeSet } from '../support/shares'

const found = findChromium()
if (!found) console.warn(`SKIPPED the printed kit: ${CHROMIUM_HELP}`)

const print = Uint8Array.from({ length: 32 }, (_, i) => i * 7)
const facts = {
  ...{ accountId: print, ownerFingerprint: print, guardianFingerprint: print },
  createdAt: Date.UTC(2026, 10, 21),
}
const hostile = '<script>hit=1</script><img src=//x onerror=hit=1>'
const small = (await makeSet(3, 5)).share(2)
const large = (await makeSet(16, 16)).share(9)
const KITS = [
  [
    '3 of 5',
    small,
    {
      service: 'Acme Backup, https://backup.example.org',
      ownerName: 'Alice Example',
      guardianName: 'Bob Example',
    },
  ],
  [
    '16 of 16, with names that are too long and hostile',
    large,
    {
      ...{
        service: 'W'.repeat(60),
        ownerName: hostile.padEnd(60, 'W'),
        guardianName: 'W'.repeat(60),
      },
    },
  ],
] as const

describe.skipIf(!found && !process.env['CI'])('the printed kit', () => {
  let browser: Browser
  beforeAll(async () => {
    if (!found) throw new Error(CHROMIUM_HELP)
    const env = { ...process.env, ...found.env } as Record<string, string>
    browser = await chromium.launch({ executablePath: found.path, args: CHROMIUM_ARGS, env })
  })
  afterAll(() => browser?.close())

  test.each(KITS)('%s', async (_name, share, names) => {
    const { html } = await recoveryKit(share, { ...facts, ...names })
    const page = await browser.newPage({ viewport: { width: 794, height: 1123 } })
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    page.on('dialog', () => asked.push('dialog'))
    await page.setContent(html)
    expect(
      await page.evaluate('[typeof hit, document.scripts.length, document.images.length]'),
    ).toEqual(['undefined', 0, 0])
    for (const format of ['A4', 'Letter'] as const) {
      const pdf = (await page.pdf({ format })).toString('latin1')
      expect(pdf.match(/\/Type \/Page\b/g)?.length).toBe(1)
    }
    expect(decodeShare(await scan(page))).toEqual(share)
    // biome-ignore lint/performance/useDomNodeTextContent: as people copy it from the screen
    expect(decodeShare(await page.locator('.lines').innerText())).toEqual(share)
    expect(asked).toEqual([])
    await page.close()
  })

  /** What a camera reads from the page: its picture goes through a canvas, which decodes the PNG. */
  async function scan(page: Page): Promise<string> {
    const png = (await page.screenshot({ fullPage: true })).toString('base64')
    const desk = await browser.newPage()
    const pixels = (await desk.evaluate(
      `(async () => {
        const image = new Image()
        image.src = 'data:image/png;base64,${png}'
        await image.decode()
        const canvas = new OffscreenCanvas(image.width, image.height)
        const context = canvas.getContext('2d')
        context.drawImage(image, 0, 0)
        const { data } = context.getImageData(0, 0, image.width, image.height)
        return [image.width, image.height, btoa(Array.from(data, (c) => String.fromCharCode(c)).join(''))]
      })()`,
    )) as [number, number, string]
    await desk.close()
    const [width, height, data] = pixels
    const scanned = jsQR(new Uint8ClampedArray(Buffer.from(data, 'base64')), width, height)
    return scanned?.data ?? ''
  }
})
