import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { agentOf, RecordMaker } from '../ingest/fleet.ts'

/**
 * What strangers may throw at a collector, from loopback addresses of their own, in a process of its
 * own: bounded in time and in connections. Told at the end: how many, and how they were answered.
 */
export interface GarbagePlan {
  readonly url: string
  readonly seconds: number
  readonly profileSha256: string
}

export interface GarbageFigures {
  readonly sent: number
  /** By class of status, failures of the collector by the status itself; `cut`: there was none. */
  readonly answers: { readonly [kind: string]: number }
}

const SOURCES = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']
/** At a time: those that send, and those that begin a body and never go on. */
const WORKERS = 6
const HALF_OPEN = 60
/** Waits for an answer no longer than this. */
const PATIENCE_MS = 15_000

const path = '/api/v1/records'

function post(type: string, body: Buffer, more = '', length = body.length): Buffer {
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${type}\r\n${more}content-length: ${length}\r\nconnection: close\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

/** One of each kind; all that can be made beforehand is. */
function kinds(profileSha256: string): readonly (() => Buffer)[] {
  const json = 'application/json'
  const deep = Buffer.from(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)
  const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20), { level: 9 })
  const whole = new RecordMaker('small', profileSha256, Date.now(), 9).envelope(agentOf(1), 1)
  const text = whole.toString('latin1')
  const forged = text.replace(/"sig":"[^"]{8}/, `"sig":"AAAAAAAA`)
  const stranger = text.replace(/"keyid":"[^"]+"/, `"keyid":"${'f'.repeat(64)}"`)
  const lines = Buffer.from(`${forged}\n`.repeat(100))
  return [
    () => randomBytes(2000),
    () => post(json, randomBytes(20_000)),
    () => post(json, deep),
    () => post('application/x-ndjson', bomb, 'content-encoding: gzip\r\n'),
    () => post('application/x-ndjson', randomBytes(5000), 'content-encoding: gzip\r\n'),
    () => post(json, Buffer.from(forged)),
    () => post(json, Buffer.from(stranger)),
    () => post('application/x-ndjson', lines),
    () => post(json, Buffer.from(text.slice(0, text.length / 2))),
    () => Buffer.from(`GET /${'a'.repeat(30_000)} HTTP/1.1\r\nhost: x\r\n\r\n`),
  ]
}

async function flood({ url, seconds, profileSha256 }: GarbagePlan): Promise<GarbageFigures> {
  const port = Number(new URL(url).port)
  const made = kinds(profileSha256)
  const until = performance.now() + seconds * 1000
  const answers: Record<string, number> = {}
  let sent = 0
  const one = async (bytes: Buffer) => {
    sent += 1
    const localAddress = SOURCES[sent % SOURCES.length] ?? '127.0.0.2'
    const kind = await exchange(connect({ port, host: '127.0.0.1', localAddress }), bytes)
    answers[kind] = (answers[kind] ?? 0) + 1
  }
  const worker = async (first: number) => {
    for (let at = first; performance.now() < until; at += 1) {
      await one(made[at % made.length]?.() ?? Buffer.alloc(0))
    }
  }
  const half = async () => {
    while (performance.now() < until) {
      await one(post('application/json', randomBytes(100), '', 50_000))
      await setTimeout(100)
    }
  }
  const workers = Array.from({ length: WORKERS }, (_, n) => worker(n))
  await Promise.all([...workers, ...Array.from({ length: HALF_OPEN }, half)])
  return { sent, answers }
}

function exchange(socket: Socket, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let status = 'cut'
    socket.setTimeout(PATIENCE_MS, () => socket.destroy())
    socket.once('data', (part) => {
      const [, code] = /^HTTP\/1\.1 (\d{3})/.exec(part.toString('latin1', 0, 12)) ?? []
      if (code !== undefined) status = /^5|429/.test(code) ? code : `${code[0]}xx`
    })
    // Nothing of the answer beyond its status is of interest, nor how the connection ended.
    socket.resume().on('error', () => {})
    socket.on('close', () => resolve(status))
    socket.write(bytes)
  })
}

process.on('message', (plan: GarbagePlan) => {
  void flood(plan).then((figures) => process.send?.(figures))
})
