import { createSocket } from 'node:dgram'
import { createConnection, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { SIP_MAX, sipLength } from '../../shared/wire/sip.ts'
import { deadline } from './deadline.ts'

export interface SipEndpoint {
  readonly address: string
  readonly port: number
}

/** How one question ended. `own` is the local end of the flow; null where it never had one. */
export interface SipReply {
  readonly result: 'answered' | 'silent' | 'refused' | 'unreachable'
  readonly own: SipEndpoint | null
  readonly sent: Uint8Array
  readonly answer: Uint8Array | null
  readonly rttMs: number | null
}

/** Makes the question once the local end of its flow is known. */
export type MakeQuestion = (own: SipEndpoint) => Uint8Array

export interface SipTarget extends SipEndpoint {
  readonly local?: string
}

/** Asks one question over UDP or TCP; made by {@link askSip}, or a stand-in for tests. */
export type AskSip = (
  transport: 'udp' | 'tcp',
  target: SipTarget,
  make: MakeQuestion,
  timeoutMs: number,
  signal: AbortSignal,
) => Promise<SipReply>

const AGAIN_MS = 700

/** Asks over a socket of its own; never throws for what the network did. */
export const askSip: AskSip = (transport, ...rest) =>
  transport === 'udp' ? askUdp(...rest) : askTcp(...rest)

const SILENT: SipReply = {
  ...{ result: 'silent', own: null, sent: new Uint8Array(0), answer: null, rttMs: null },
}

/** The question again once for silence; a held-back answer waits longer than that. */
function askUdp(
  target: SipTarget,
  make: MakeQuestion,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<SipReply> {
  const socket = createSocket(target.address.includes(':') ? 'udp6' : 'udp4')
  return new Promise((resolve) => {
    let reply: SipReply = SILENT
    const timers: NodeJS.Timeout[] = []
    let ended = false
    const end = (change: Partial<SipReply> = {}): void => {
      if (ended) return
      ended = true
      for (const timer of timers) clearTimeout(timer)
      endWait()
      signal.removeEventListener('abort', stop)
      socket.close()
      resolve({ ...reply, ...change })
    }
    const stop = (): void => end()
    signal.addEventListener('abort', stop, { once: true })
    socket.on('error', (error) => end({ result: resultOf(error) }))
    const endWait = deadline(timeoutMs, stop)
    socket.once('connect', () => {
      const own = withoutZone(socket.address())
      const sent = make(own)
      reply = { ...reply, own, sent }
      const started = performance.now()
      socket.once('message', (answer) => {
        const bytes = Uint8Array.from(answer)
        end({ result: 'answered', answer: bytes, rttMs: performance.now() - started })
      })
      socket.send(sent)
      if (timeoutMs <= 5000) timers.push(setTimeout(() => socket.send(sent), AGAIN_MS))
    })
    socket.bind(0, target.local, () => socket.connect(target.port, target.address))
    if (signal.aborted) stop()
  })
}

function askTcp(
  target: SipTarget,
  make: MakeQuestion,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<SipReply> {
  const socket = connectionTo(target)
  return new Promise((resolve) => {
    let reply: SipReply = SILENT
    let got = Buffer.alloc(0)
    let started = 0
    const end = (change: Partial<SipReply> = {}): void => {
      endWait()
      signal.removeEventListener('abort', stop)
      socket.destroy()
      resolve({ ...reply, ...change })
    }
    const stop = (): void => end()
    const endWait = deadline(timeoutMs, stop)
    signal.addEventListener('abort', stop, { once: true })
    socket.on('error', (error) => end({ result: resultOf(error) }))
    socket.once('close', () => end())
    socket.once('connect', () => {
      const { localAddress: address = '', localPort: port = 0 } = socket
      const own = withoutZone({ address, port })
      const sent = make(own)
      reply = { ...reply, own, sent }
      started = performance.now()
      socket.write(sent)
    })
    socket.on('data', (part) => {
      got = Buffer.concat([got, part])
      const length = sipLength(got) ?? (got.length > SIP_MAX ? got.length : undefined)
      if (length === undefined) return
      const answer = Uint8Array.from(got.subarray(0, length))
      end({ result: 'answered', answer, rttMs: performance.now() - started })
    })
    if (signal.aborted) stop()
  })
}

/** What of an own address goes onto the wire: its zone is this host's own word (RFC 4007 section 11.2). */
function withoutZone({ address, port }: SipEndpoint): SipEndpoint {
  return { address: address.split('%', 1)[0] ?? '', port }
}

function connectionTo({ address: host, port, local: localAddress }: SipTarget): Socket {
  const from = localAddress === undefined ? {} : { localAddress }
  return createConnection({ host, port, ...from })
}

function resultOf(error: Error): SipReply['result'] {
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'refused' : 'unreachable'
}
