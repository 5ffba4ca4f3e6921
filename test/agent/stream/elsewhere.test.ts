import { createSocket, type RemoteInfo } from 'node:dgram'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type FinishedRun, runStreams } from '../../../agent/check/session.ts'
import { type RunningReflector, startReflector } from '../../../agent/reflector/start.ts'
import { observe } from '../../../agent/run/observe.ts'
import { startStreams } from '../../../agent/stream/start.ts'
import { makeKey } from './lab.ts'

/** Answers from another address than was asked: told, and never counted. */
const LIMITS = { delayMs: 150, jitterMs: 30, lateAfterMs: 200, driftPpm: 100 }
const made = makeKey()
let reflector: RunningReflector

beforeAll(async () => {
  const { keysFile } = made
  // Without the kernel's help it cannot choose the address that it answers from.
  reflector = await startReflector({ address: '0.0.0.0', port: 0, keysFile, engine: 'dgram' })
})
afterAll(async () => {
  await reflector?.stop()
  made.remove()
})

async function ask(
  at: { readonly address: string; readonly port: number },
  engine: 'auto' | 'dgram',
  until: (told: number) => boolean = (told) => told > 0,
): Promise<FinishedRun> {
  const enough = new AbortController()
  let told = 0
  const onEvent = (event: { readonly type: string; readonly answeredFrom?: unknown }) => {
    if (event.answeredFrom !== undefined) told += 1
    if (until(told)) enough.abort()
  }
  const target = { farEnd: 'primary', ...at, key: made.key, codec: 'g711', calls: 1, dscp: 46 }
  const plan = { targets: [target], engine, windows: 'run', durationMs: 1000, drainMs: 300 }
  return await runStreams(plan as Parameters<typeof runStreams>[0], {
    ...{ startStreams, onEvent, stop: enough.signal },
  })
}

test.each(['auto', 'dgram'] as const)(
  'a host of several addresses that answers from another one: named, engine %s',
  async (engine) => {
    const { port } = reflector.local
    const { farEnds, windows } = await ask({ address: '127.0.0.2', port }, engine)
    const answeredFrom = { address: '127.0.0.1', port }
    const detail = `asked at 127.0.0.2 port ${port}, answers came from 127.0.0.1 port ${port}`
    expect(farEnds).toMatchObject([{ state: 'opening', answeredFrom, detail }])
    const [window] = windows
    if (window === undefined) throw new Error('no window')
    expect(window.streams).toEqual([])
    const seen = observe(window, LIMITS, 'MPLS')
    expect(seen).toMatchObject({ answeredFrom, instrument: { sent: 0 } })
  },
)

/** Stands where the reflector is asked to be, and has another socket answer. */
async function rewriting(answer: (question: Buffer, say: (bytes: Uint8Array) => void) => void) {
  const [front, other] = [createSocket('udp4'), createSocket('udp4')]
  onTestFinished(() => {
    for (const socket of [front, other]) socket.close()
  })
  const bind = (socket: typeof front) =>
    new Promise<void>((done) => socket.bind(0, '127.0.0.1', done))
  await Promise.all([bind(front), bind(other)])
  front.on('message', (question, from: RemoteInfo) =>
    answer(question, (bytes) => other.send(bytes, from.port, from.address)),
  )
  return { at: { address: '127.0.0.1', port: front.address().port }, other: other.address().port }
}

test('a NAT that rewrites answers is named once, however many come; no session is opened by them', async () => {
  const behind = createSocket('udp4')
  onTestFinished(() => void behind.close())
  let back: (bytes: Uint8Array) => void = () => undefined
  behind.on('message', (bytes) => {
    for (let i = 0; i < 50; i++) back(bytes)
  })
  let questions = 0
  const { at, other } = await rewriting((question, say) => {
    questions += 1
    back = say
    behind.send(question, reflector.local.port, '127.0.0.1')
  })
  let most = 0
  const { farEnds, windows } = await ask(at, 'auto', (told) => {
    most = Math.max(most, told)
    return told > 0 && questions >= 3
  })
  expect(farEnds).toMatchObject([{ answeredFrom: { address: '127.0.0.1', port: other } }])
  expect(most).toBe(1)
  expect(windows.map(({ streams }) => streams)).toEqual([[]])
  expect((await reflector.tally()).sessions).toBe(0)
})

test('what a stranger makes up names nobody: questions mirrored, seals broken, other questions answered', async () => {
  let questions = 0
  const old: Buffer[] = []
  const { at } = await rewriting((question, say) => {
    questions += 1
    say(question)
    for (const type of [2, 3, 4, 8]) {
      const forged = Buffer.from(question)
      forged[3] = type
      say(forged)
    }
    old.push(question)
    for (const one of old) say(one)
    for (let i = 0; i < 200; i++) say(Buffer.alloc(172, i))
  })
  const { farEnds } = await ask(at, 'auto', () => questions >= 3)
  expect(farEnds).toMatchObject([{ state: 'opening' }])
  expect(farEnds[0]?.answeredFrom).toBeUndefined()
})
