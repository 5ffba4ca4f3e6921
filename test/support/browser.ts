import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A page in a real browser, driven over its own pipe (Chrome DevTools Protocol, NUL after each message). */
export interface Tab {
  /** What an expression comes to in the page; promises are waited for. @throws what it throws */
  evaluate(expression: string): Promise<unknown>
  /** Waits for an expression to be true. @throws Error with what the page shows, when it never is */
  until(expression: string): Promise<void>
  /** Makes the window so wide, CSS pixels. */
  resize(width: number): Promise<void>
}

interface Answer {
  readonly id?: number
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

type Ask = (method: string, params: object, sessionId?: string) => Promise<Record<string, unknown>>

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe']
const LOOK_MS = 200
const LOOKS = 300

/** What makes the page look again at once, as it does when somebody comes back to it. */
export const LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"

/** Answers of the API, by the pattern of their paths: what takes days to come about is told to the page. */
export type Told = readonly (readonly [path: RegExp, answer: unknown, status?: number])[]

/** Serves all tabs that a worker opens: to start one is five seconds of a core. */
let browser: Ask | null = null

/**
 * Opens an address in a tab whose cookies and storage are its own; it ends with the test.
 * @param told what the page hears instead of what the collector would say
 */
export async function openTab(url: string, told: Told = []): Promise<Tab> {
  browser ??= startChromium()
  const ask = browser
  const { browserContextId } = await ask('Target.createBrowserContext', {})
  onTestFinished(async () => {
    await ask('Target.disposeBrowserContext', { browserContextId })
  })
  const { targetId } = await ask('Target.createTarget', { url: 'about:blank', browserContextId })
  const { sessionId } = await ask('Target.attachToTarget', { targetId, flatten: true })
  await ask('Page.enable', {}, String(sessionId))
  await ask('Page.addScriptToEvaluateOnNewDocument', { source: telling(told) }, String(sessionId))
  await ask('Page.navigate', { url }, String(sessionId))
  const evaluate = async (expression: string) => {
    const how = { expression, awaitPromise: true, returnByValue: true }
    const said = await ask('Runtime.evaluate', how, String(sessionId))
    if (said.exceptionDetails !== undefined) throw new Error(JSON.stringify(said.exceptionDetails))
    return (said.result as { readonly value?: unknown }).value
  }
  const resize = async (width: number) => {
    const size = { width, height: 900, deviceScaleFactor: 1, mobile: false }
    await ask('Emulation.setDeviceMetricsOverride', size, String(sessionId))
  }
  return { evaluate, resize, until: (expression) => until(evaluate, expression) }
}

function telling(told: Told): string {
  const answers = told.map(([path, answer, status = 200]) => [path.source, answer, { status }])
  return `{
    const answers = ${JSON.stringify(answers)}, asked = window.fetch
    window.fetch = (path, how) => {
      const [, answer, init] = answers.find(([pattern]) => new RegExp(pattern).test(path)) ?? []
      return answer === undefined ? asked(path, how) : Promise.resolve(Response.json(answer, init))
    }
  }`
}

async function until(evaluate: Tab['evaluate'], expression: string): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    // A page that is only being loaded cannot be asked yet.
    if ((await evaluate(expression).catch(() => false)) === true) return
    await new Promise((done) => setTimeout(done, LOOK_MS))
  }
  throw new Error(`never ${expression}: ${await evaluate('document.body.innerText')}`)
}

/** It ends when its pipe does, which is with the worker; the shell takes its profile away then. */
function startChromium(): Ask {
  const profile = mkdtempSync(join(tmpdir(), 'voip-ready-chromium-'))
  const flags = [...FLAGS, `--user-data-dir=${profile}`, 'about:blank']
  const child = spawn('sh', ['-c', 'chromium "$@"; rm -rf "$0"', profile, ...flags], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  child.on('exit', () => {
    browser = null
  })
  const [into, from] = [child.stdio[3] as Socket, child.stdio[4] as Socket]
  for (const held of [child, into, from]) held.unref()
  return asker(into, from)
}

function asker(into: Socket, from: Socket): Ask {
  const waiting = new Map<number, (answer: Answer) => void>()
  let left = ''
  from.setEncoding('utf8').on('data', (part: string) => {
    const messages = (left + part).split('\0')
    left = messages.pop() ?? ''
    for (const message of messages) {
      const answer = JSON.parse(message) as Answer
      if (answer.id !== undefined) waiting.get(answer.id)?.(answer)
    }
  })
  let last = 0
  return (method, params, sessionId) => {
    last += 1
    const id = last
    into.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`)
    return new Promise((resolve, reject) =>
      waiting.set(id, ({ result = {}, error }) => {
        waiting.delete(id)
        if (error === undefined) resolve(result)
        else reject(new Error(`${method}: ${error.message}`))
      }),
    )
  }
}
