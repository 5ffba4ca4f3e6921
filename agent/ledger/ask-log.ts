import { fromBase64 } from '../../shared/evidence/octets.ts'
import type { News } from '../../shared/plan/news.ts'
import type { SignedClient } from '../uplink/signed-client.ts'

/** What the collector says of its log. Each throws an Error where there is no answer to hold it to. */
export interface LogSource {
  /** The newest checkpoint, as a signed note; null: it shows none. */
  checkpoint(): Promise<string | null>
  /** RFC 6962 consistency proof; null: the collector says that there is none. */
  consistency(from: number, to: number): Promise<readonly Uint8Array[] | null>
  /** Verifier key of the log, as it states it. */
  key(): Promise<string>
}

const WITHIN_MS = 15_000
const MOST_HASHES = 64
/** Words about the question itself: the sizes are not of this log. */
const REFUSALS: ReadonlySet<number> = new Set([400, 404, 422])

/** The log of the collector that this client asks. */
export function logOfCollector(client: SignedClient, stop: AbortSignal): LogSource {
  const get = (path: string) => client.ask({ method: 'GET', path, timeoutMs: WITHIN_MS, stop })
  const wrong = (what: string, status: number) => new Error(`${what}: HTTP ${status}`)
  return {
    async checkpoint() {
      const { status, body } = await get('api/v1/ledger/checkpoint')
      if (status === 404) return null
      if (status !== 200) throw wrong('checkpoint', status)
      return body
    },
    async consistency(from, to) {
      const { status, body } = await get(`api/v1/ledger/consistency?from=${from}&to=${to}`)
      if (REFUSALS.has(status)) return null
      if (status !== 200) throw wrong('consistency', status)
      return hashesOf(JSON.parse(body))
    },
    async key() {
      const { status, body } = await get('api/v1/ledger')
      if (status !== 200) throw wrong('ledger', status)
      return String((JSON.parse(body) as { readonly vkey?: unknown }).vkey)
    },
  }
}

/** As `real`, where the collector has told the newest checkpoint and its proof without being asked. */
export function toldLog(
  { checkpoint, proof }: NonNullable<News['log']>,
  real: LogSource,
): LogSource {
  return {
    checkpoint: async () => checkpoint,
    async consistency(from, to) {
      const told = proof?.from === from && proof.to === to
      return told ? hashesOf(proof) : real.consistency(from, to)
    },
    key: () => real.key(),
  }
}

function hashesOf(answer: { readonly hashes?: unknown } | null): Uint8Array[] {
  const hashes: readonly unknown[] = Array.isArray(answer?.hashes) ? answer.hashes : [null]
  const octets = hashes.flatMap((hash) => fromBase64(String(hash)) ?? [])
  if (octets.length !== hashes.length || hashes.length > MOST_HASHES) {
    throw new Error('consistency: an answer that is none')
  }
  return octets
}
