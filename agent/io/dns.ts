import { randomInt } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { DnsAnswer, DnsOutcome } from '../../shared/record/dns.ts'
import { type DnsQuestion, encodeQuestion, readAnswer } from './dns-message.ts'
import { type Exchange, type Exchanged, exchangeTcp, exchangeUdp } from './dns-transport.ts'

/** A question to one server, named by its literal address. */
export interface DnsAsked extends DnsQuestion {
  readonly server: string
}

/** Asks one server one question; whatever happens is in the answer, nothing is thrown. */
export type AskDns = (asked: DnsAsked, signal: AbortSignal) => Promise<DnsAnswer>

export interface DnsOptions {
  /** Default 53. */
  readonly port?: number
  /** Wait for one try, milliseconds. Default 1500. */
  readonly timeoutMs?: number
}

/**
 * Asks servers directly, past the system's own resolver, so that code, flags, server and time are
 * known. Each try has its own socket, port and random id. Silence is tried a second time; an answer
 * that was cut off is asked for again by TCP.
 */
export function dnsClient(options: DnsOptions = {}): AskDns {
  const { port = 53, timeoutMs = 1500 } = options
  return async (asked, signal) => {
    const startMs = performance.now()
    const base = { ...EMPTY, server: asked.server, name: asked.name, type: asked.type }
    const query = encodeQuestion(asked, randomInt(0x10000))
    if (query === null) return { ...base, outcome: 'unreachable', detail: 'no name DNS can carry' }
    const read = (bytes: Uint8Array) => readAnswer(bytes, query, asked)
    const exchange = { server: asked.server, port, query, timeoutMs, signal, read }
    const udp = await tryTwice(exchange)
    const cut = udp.reading?.outcome === 'truncated'
    const whole = cut ? await exchangeTcp(exchange) : udp
    const ms = Math.round((performance.now() - startMs) * 1000) / 1000
    const transport = cut ? ('tcp' as const) : ('udp' as const)
    const all = { ...base, transport, truncated: cut, ignored: Math.min(udp.ignored, 1e6), ms }
    if (whole.reading === null) {
      return { ...all, ms: null, outcome: cut ? 'truncated' : unread(whole), detail: said(whole) }
    }
    const { cut: _cut, ...reading } = whole.reading
    return { ...all, ...reading, detail: udp.ignored > 0 ? said({ ...udp, error: null }) : '' }
  }
}

const EMPTY: Omit<DnsAnswer, 'server' | 'name' | 'type'> = {
  ...{ outcome: 'silent', transport: 'udp', rcode: null, authoritative: false, truncated: false },
  ...{ addresses: [], services: [], aliases: [], more: 0, ms: null, ignored: 0, detail: '' },
}

/** The first try hears ICMP errors, the second also answers that come from another address. */
async function tryTwice(exchange: Exchange): Promise<Exchanged> {
  const first = await exchangeUdp(exchange, true)
  if (first.reading !== null || first.error !== null || exchange.signal.aborted) return first
  // How a peer's IPv6 address is spelt depends on the system, so strangers cannot be told there.
  const second = await exchangeUdp(exchange, isIPv6(exchange.server))
  return {
    ...second,
    ignored: first.ignored + second.ignored,
    malformed: first.malformed + second.malformed,
  }
}

function unread(exchanged: Exchanged): DnsOutcome {
  if (exchanged.malformed > 0) return 'malformed'
  return exchanged.error === null ? 'silent' : 'unreachable'
}

function said({ error, strangers, ignored, malformed }: Exchanged): string {
  const parts = [
    error ?? '',
    strangers.length > 0 ? `answers from ${strangers.join(', ')} not believed` : '',
    strangers.length === 0 && ignored > 0 ? `${ignored} answers to other questions` : '',
    malformed > 0 ? `${malformed} malformed` : '',
  ]
  return parts.filter(Boolean).join('; ').slice(0, 120)
}
