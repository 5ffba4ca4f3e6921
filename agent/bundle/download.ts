import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Trust, tlsRepair } from '../../config/named-certificate.ts'
import { Fault } from '../../shared/errors.ts'
import { problemText } from '../problem-text.ts'

/** How long a bundle is waited for, and who is told how it goes. */
export interface Patience {
  /** Over all, also over being turned away. */
  readonly waitMs: number
  /** A collector that has begun to tell that it works tells it every ten seconds. */
  readonly silentMs?: number
  readonly tell?: (text: string) => void
  /** Beside the system's certificates. */
  readonly trust?: Trust
}

const SILENT_MS = 60_000
/** What stands between may forget a connection that says nothing. */
const KEEP_ALIVE_MS = 30_000
const LONGEST_ANSWER = 300
const LONGER = 'give it longer with --wait, or ask for a shorter time'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/**
 * The octets that a collector makes, however long others are before it, within the time given: it says
 * meanwhile that it works (102), and who is turned away for now (503, Retry-After) asks again.
 * @throws Fault UNREACHABLE, REFUSED (with the collector's own words)
 */
export async function download(
  url: URL,
  token: string | null,
  patience: Patience,
): Promise<Pick<Answer, 'body' | 'headers'>> {
  const untilMs = performance.now() + patience.waitMs
  for (;;) {
    const answer = await asked(url, token, { ...patience, waitMs: untilMs - performance.now() })
    if (answer.status === 200) return answer
    const said = refusal(answer)
    const againMs = againAfter(answer)
    if (againMs === null) throw new Fault('REFUSED', url.href, 'a bundle', said)
    if (performance.now() + againMs > untilMs) {
      throw new Fault('REFUSED', url.href, 'a bundle', said, LONGER)
    }
    patience.tell?.(`turned away: ${said}`)
    await sleep(againMs)
  }
}

async function asked(url: URL, token: string | null, patience: Patience): Promise<Answer> {
  try {
    return await ask(url, token, patience)
  } catch (error) {
    if (error instanceof Fault) throw error
    const why = error instanceof Error ? error.message : 'unknown'
    throw new Fault('UNREACHABLE', url.href, 'an answer', why, tlsRepair(error) ?? undefined)
  }
}

/** Asks once, on a connection of its own, which ends with this process too. */
async function ask(url: URL, token: string | null, patience: Patience): Promise<Answer> {
  const { request } = await import(url.protocol === 'https:' ? 'node:https' : 'node:http')
  const { waitMs, silentMs = SILENT_MS, tell = () => {}, trust = {} } = patience
  const headers = {
    prefer: 'processing',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  }
  return await new Promise<Answer>((resolve, reject) => {
    const sent = request(url, { ...trust, headers, agent: false })
    const wanted = `an answer within ${Math.round(waitMs / 1000)} s`
    const end = () => sent.destroy(new Fault('UNREACHABLE', url.href, wanted, 'none', LONGER))
    const late = setTimeout(end, Math.max(0, waitMs))
    const watch = () =>
      sent.setTimeout(silentMs, () =>
        sent.destroy(new Error(`it fell silent for ${silentMs / 1000} s`)),
      )
    sent.on('close', () => clearTimeout(late))
    sent.on('socket', (socket: { setKeepAlive(on: boolean, ms: number): void }) =>
      socket.setKeepAlive(true, KEEP_ALIVE_MS),
    )
    sent.on('information', (told: Pick<IncomingMessage, 'headers'>) => {
      watch()
      tell(placeText(told.headers['voip-ready-before']))
    })
    sent.on('error', reject)
    sent.on('response', (response: IncomingMessage) => {
      watch()
      read(response).then(resolve, reject)
    })
    sent.end()
  })
}

async function read(response: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part)
  const { statusCode: status = 0, headers } = response
  return { status, headers, body: Buffer.concat(parts) }
}

function placeText(before: string | string[] | undefined): string {
  const count = /^\d{1,4}$/.test(String(before)) ? Number(before) : 0
  if (count === 0) return 'the collector makes the bundle'
  return `the collector makes other bundles first: ${count}`
}

/** Milliseconds after which a collector that is busy wants to be asked again; null: it is not that. */
function againAfter({ status, headers }: Answer): number | null {
  const seconds = headers['retry-after'] ?? ''
  return status === 503 && /^\d{1,4}$/.test(seconds) ? Number(seconds) * 1000 : null
}

/** The collector's own words where it has any (RFC 9457). */
function refusal({ status, headers, body }: Answer): string {
  const said = problemText(body.toString())
  if (said !== null) return `${status}: ${said}`.slice(0, LONGEST_ANSWER)
  const moved = headers.location === undefined ? '' : `: it is at ${headers.location}`
  return `status ${status}${moved}`.slice(0, LONGEST_ANSWER)
}
