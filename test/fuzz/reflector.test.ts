import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Counters } from '../../agent/reflector/counters.ts'
import { PROBE_BYTES } from '../../shared/wire/probe.ts'
import { receiptBytes, receiptRequestBody } from '../../shared/wire/receipt.ts'
import { SESSION_NAME_BYTES, sessionNameBody } from '../../shared/wire/session-keep.ts'
import {
  Caller,
  type Key,
  message,
  openMessage,
  rtpPacket,
  typeOf,
} from '../agent/reflector/caller.ts'
import { type Running, run, start } from '../support/program.ts'
import { SEED } from '../support/seed.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { hostileBytes } from './hostile.ts'

const WARM_UP = 2000
const DATAGRAMS = 10_000
const MOST_GROWTH_KB = 12_000

test('ten thousand hostile datagrams: silence, every one counted by its reason, memory and sessions flat, and a real check still works', {
  timeout: 90_000,
}, async () => {
  const { running, key, port } = await startReflector()
  const owner = await Caller.to(port)
  const stranger = await Caller.to(port)
  const { accept, cookies, proof } = await owner.open(key, { streams: 2, lifetimeSeconds: 600 })

  const hostile = hostileTo(key, accept.ssrcBase, cookies, proof)
  await flood(stranger, fc.sample(hostile, { seed: SEED, numRuns: WARM_UP }))
  const before = residentKb(running)
  for (let round = 1; round <= DATAGRAMS / WARM_UP; round++) {
    await flood(stranger, fc.sample(hostile, { seed: SEED + round, numRuns: WARM_UP }))
  }
  expect(stranger.answered, 'octets answered to a stranger').toBe(0)
  expect(typeOf(await askAgain(stranger, openMessage(key))), 'it still listens').toBe('challenge')
  expect(residentKb(running) - before).toBeLessThan(MOST_GROWTH_KB)

  // What comes from the owner's own address may be answered, but never with more than it brought.
  const own = rtpPacket(accept.ssrcBase, 1, cookies)
  const bent = hostileBytes(fc.constant(own))
  const [asked, answered] = [owner.asked, owner.answered]
  await flood(owner, fc.sample(bent, { seed: SEED, numRuns: 500 }))
  expect(owner.answered - answered).toBeLessThanOrEqual(owner.asked - asked)

  const { sessions, counters } = await tally(running)
  expect(sessions).toBe(1)
  expect(counters.opened).toBe(1)
  const dropped = Object.entries(counters).filter(([name]) => name.startsWith('drop-'))
  const total = dropped.reduce((sum, [, count]) => sum + count, 0)
  // The kernel may have dropped some at a full socket; what arrived was counted.
  expect(total).toBeGreaterThan(counters.received * 0.9)
  const reasons = dropped.filter(([, count]) => count > 0).map(([name]) => name)
  expect(reasons).toEqual(expect.arrayContaining(SURELY))
  owner.close()
  stranger.close()

  const to = ['--primary', `127.0.0.1:${port}`, '--key', `${key.id}:${key.secret}`]
  const checked = await run(['check', ...to, '--profile', 'pureconnect-rcm', ...BRIEFLY])
  const { observations } = JSON.parse(checked.out)
  expect(observations[0].instrument.sent, checked.err).toBeGreaterThan(100)
  expect(observations[0].legs.out.loss).toMatchObject({ lost: 0, unattributed: 0 })
})

const BRIEFLY = ['--duration', '3s', '--json', '--only', 'VRN-6']
const SURELY = [
  'drop-not-ours',
  'drop-truncated',
  'drop-malformed',
  'drop-unknown-key',
  'drop-bad-mac',
  'drop-bad-token',
  'drop-unknown-ssrc',
  'drop-wrong-source',
]

/** What a stranger can send: nothing of it may be answered. */
function hostileTo(
  key: Key,
  ssrc: number,
  cookies: Parameters<typeof rtpPacket>[2],
  proof: Uint8Array,
): fc.Arbitrary<Uint8Array> {
  const wrong = { id: key.id, secret: 'x'.repeat(32) }
  const name = { sessionId: '00'.repeat(8) }
  const range = { ...name, stream: 0, firstSequence: 0, count: 100 }
  const wronglyKeyed = fc.constantFrom(
    openMessage(wrong),
    openMessage({ ...key, id: 'nobody' }),
    message(wrong, 'close', sessionNameBody, name, SESSION_NAME_BYTES),
    message(wrong, 'receipt-request', receiptRequestBody, range, receiptBytes(100)),
  )
  const sound = openMessage(key)
  const bentOpen = hostileBytes(fc.constant(sound)).filter((it) => !Buffer.from(it).equals(sound))
  const replayed = fc.constant(proof)
  const oversized = fc
    .integer({ min: 1300, max: 9000 })
    .map((size) => Uint8Array.from({ length: size }, (_, i) => sound[i] ?? i))
  const rtp = fc.nat(9).map((n) => rtpPacket(ssrc + n, n, cookies, 160 - PROBE_BYTES * (n % 3)))
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    wronglyKeyed,
    bentOpen,
    replayed,
    oversized,
    hostileBytes(rtp),
    rtp,
  )
}

/** Sends in small bursts, so that most reach the reflector and not only a full socket. */
async function flood(caller: Caller, datagrams: readonly Uint8Array[]): Promise<void> {
  for (const [i, datagram] of datagrams.entries()) {
    caller.say(datagram)
    if (i % 25 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
}

/** A question may be dropped at a socket that is full still: asked until it is answered. */
async function askAgain(caller: Caller, question: Uint8Array): Promise<Uint8Array> {
  const again = setInterval(() => caller.say(question), 1000)
  try {
    return await caller.ask(question)
  } finally {
    clearInterval(again)
  }
}

async function startReflector(): Promise<{ running: Running; key: Key; port: number }> {
  const keys = join(temporaryDirectory(), 'keys.json')
  const made = await run(['reflector', 'keys', 'add', 'fuzz', '--keys', keys])
  const [id = '', secret = ''] = made.out.trim().split(':')
  const listen = ['--listen', '127.0.0.1:0', '--keys', keys]
  const running = start(['reflector', 'run', '--json', ...listen])
  const said = await running.says(/"port":\d+/)
  return { running, key: { id, secret }, port: Number(/"port":(\d+)/.exec(said)?.[1]) }
}

/** The counters that it prints after now. */
async function tally({ child }: Running): Promise<{ sessions: number; counters: Counters }> {
  return new Promise((resolve) => {
    child.stdout?.on('data', (part: string) => {
      for (const line of part.split('\n').filter((text) => text.includes('"counters"')))
        resolve(JSON.parse(line))
    })
  })
}

function residentKb({ child }: Running): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
}
