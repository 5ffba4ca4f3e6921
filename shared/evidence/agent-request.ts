/**
 * How an enrolled agent proves who sends a request that is no record: it signs (as DSSE, with a type
 * of its own, so that no signature serves for anything else) the words below, and the proof stands in
 * one header. `time` bounds how long a copy of it is good for.
 */
export const REQUEST_PAYLOAD_TYPE = 'application/vnd.voip-ready.agent-request'
export const REQUEST_SCHEME = 'VoipReady-Agent'
/** How far the agent's and the collector's clocks may be apart, milliseconds. */
export const REQUEST_SKEW_MS = 60_000
/** Header in which the collector tells its time (milliseconds since 1970) beside a refusal. */
export const TIME_HEADER = 'x-voip-ready-time'

export interface AgentRequest {
  readonly site: string
  readonly agent: string
  readonly keyId: string
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  /** Milliseconds since 1970. */
  readonly timeMs: number
  /** SHA-256 of the body's bytes, hex; of nothing where there is no body. */
  readonly bodySha256: string
}

/** The bytes that are signed. A prefix before `/api/` belongs to a proxy and is left out. */
export function requestText(request: AgentRequest): Uint8Array {
  const { site, agent, keyId, method, timeMs, bodySha256 } = request
  const target = request.target.slice(Math.max(0, request.target.indexOf('/api/')))
  const lines = [site, agent, keyId, method, target, String(timeMs), bodySha256]
  return new TextEncoder().encode(`${lines.join('\n')}\n`)
}

/** The value of the header Authorization; `signature`: base64 of 64 octets. */
export function requestHeader(request: AgentRequest, signature: string): string {
  const { site, agent, keyId, timeMs, bodySha256 } = request
  const words = [`site=${site}`, `agent=${agent}`, `key=${keyId}`, `t=${timeMs}`]
  return `${REQUEST_SCHEME} ${[...words, `body=${bodySha256}`, `sig=${signature}`].join(',')}`
}

export interface RequestProof {
  readonly site: string
  readonly agent: string
  readonly keyId: string
  readonly timeMs: number
  readonly bodySha256: string
  /** Base64 of 64 octets. */
  readonly signature: string
}

const HEADER =
  /^VoipReady-Agent site=([a-z0-9-]{1,63}),agent=([a-z0-9-]{1,63}),key=([0-9a-f]{16}),t=(\d{1,16}),body=([0-9a-f]{64}),sig=([A-Za-z0-9+/]{86}==)$/

/** Reads the header's one spelling; null when it is anything else. */
export function readRequestHeader(header: string): RequestProof | null {
  const found = HEADER.exec(header)
  if (found === null) return null
  const [, site = '', agent = '', keyId = '', time, bodySha256 = '', signature = ''] = found
  return { site, agent, keyId, timeMs: Number(time), bodySha256, signature }
}
