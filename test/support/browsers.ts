/**
 * The engines that the browser tests run in: Chromium (also from an npm package), and Firefox and WebKit where apt
 * has installed them. Each becomes a vitest project; a missing one is a skip by name, in CI a failure.
 */
import { existsSync } from 'node:fs'
import { playwright } from '@vitest/browser-playwright'
import { webdriverio } from '@vitest/browser-webdriverio'
import type { BrowserInstanceOption, BrowserProviderOption } from 'vitest/node'
import { CHROMIUM_ARGS, CHROMIUM_HELP, findChromium } from './chromium.js'

export interface Engine {
  readonly name: 'chromium' | 'firefox' | 'webkit'
  /** What to do where it is missing. */
  readonly help: string
  /** Undefined where it is missing. */
  readonly launch?: {
    readonly provider: BrowserProviderOption
    readonly browser: BrowserInstanceOption['browser']
    readonly headless: boolean
    /** Started before the engine. */
    readonly globalSetup: string[]
  }
}

const FIREFOX = '/usr/bin/firefox-esr'
/** WebKitGTK: a driver, its browser, and a display for it. */
const WEBKIT_DRIVER = '/usr/bin/WebKitWebDriver'
const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'
const XVFB = '/usr/bin/xvfb-run'

/** Read by webkit-driver.ts, which starts the driver there. */
export const WEBKIT_PORT = 14_000 + (process.pid % 1_000)

export function findEngines(): readonly Engine[] {
  return [chromium(), firefox(), webkit()]
}

function chromium(): Engine {
  const found = findChromium()
  const engine = { name: 'chromium', help: CHROMIUM_HELP } as const
  if (!found) return engine
  const { path: executablePath, env } = found
  const launchOptions = { executablePath, args: CHROMIUM_ARGS, env: { ...process.env, ...env } }
  const provider = playwright({ launchOptions })
  return { ...engine, launch: { provider, browser: 'chromium', headless: true, globalSetup: [] } }
}

function firefox(): Engine {
  const engine = { name: 'firefox', help: 'no Firefox; apt-get install firefox-esr' } as const
  if (!existsSync(FIREFOX)) return engine
  const launchOptions = { channel: 'moz-firefox', executablePath: FIREFOX }
  const provider = playwright({ launchOptions })
  return { ...engine, launch: { provider, browser: 'firefox', headless: true, globalSetup: [] } }
}

function webkit(): Engine {
  const help = 'no WebKitGTK; apt-get install webkit2gtk-driver xvfb xauth'
  const engine = { name: 'webkit', help } as const
  if (![WEBKIT_DRIVER, MINI_BROWSER, XVFB].every(existsSync)) return engine
  const provider = webdriverio({
    hostname: '127.0.0.1',
    port: WEBKIT_PORT,
    capabilities: {
      'wdio:enforceWebDriverClassic': true,
      'webkitgtk:browserOptions': { binary: MINI_BROWSER, args: ['--automation'] },
    } as object,
    // Vitest knows it as Safari, the driver by the name of its browser.
    transformRequest: (request) => ({
      ...request,
      ...(typeof request.body === 'string' && {
        body: request.body.replaceAll('"browserName":"safari"', '"browserName":"MiniBrowser"'),
      }),
    }),
  })
  const globalSetup = ['test/support/webkit-driver.ts']
  return { ...engine, launch: { provider, browser: 'safari', headless: false, globalSetup } }
}
