import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { type LogSource, toldLog } from '../../../agent/ledger/ask-log.ts'
import { type ForkProof, proofsIn, readKept } from '../../../agent/ledger/kept-log.ts'
import { LogFollower } from '../../../agent/ledger/log-follower.ts'
import { openCheckpoint } from '../../../shared/evidence/checkpoint.ts'
import { logKeyName } from '../../../shared/evidence/key-names.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { parseVkey } from '../../../shared/evidence/vkey.ts'
import { ForkSchema } from '../../../shared/record/record.ts'
import { newSigner } from '../../support/evidence-world.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { leaves, ToyLog } from '../../support/toy-log.ts'

const START = Date.UTC(2026, 10, 23, 8)

/** A follower whose collector shows whatever log it is handed. */
function following(first: ToyLog, change: { pin?: string | null; state?: string } = {}) {
  const { state = temporaryDirectory(), pin = first.vkey } = change
  const shown = { log: first, fails: '', withholds: false }
  const said: string[] = []
  const source: LogSource = {
    async checkpoint() {
      if (shown.fails !== '') throw new Error(shown.fails)
      return shown.log.size === 0 ? null : shown.log.note()
    },
    async consistency(from, to) {
      return shown.withholds ? null : shown.log.proof(from, to)
    },
    async key() {
      return shown.log.vkey
    },
  }
  const put = (level: string) => (message: string) => void said.push(`${level} ${message}`)
  const log = { info: put('info'), warn: put('warn'), error: put('error') }
  const clock = { nowMs: START }
  const make = () => new LogFollower({ source, state, pin, log, nowMs: () => clock.nowMs })
  return { ...{ shown, said, state, clock, make, source }, follower: make() }
}

const newLog = (to = 10) => new ToyLog(newSigner(logKeyName('collector', 0)), leaves(0, to))
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

test('an honest log is followed, and every record names the head that is on disk', async () => {
  const { follower, shown, state, make, said } = following(newLog(3))
  expect(follower.word()).toEqual({})
  for (const size of [3, 4, 9, 300]) {
    shown.log.add(...leaves(shown.log.size, size))
    await follower.look()
    const root = base64(shown.log.root(size))
    expect(follower.word()).toEqual({ seen: { origin: shown.log.signer.name, size, root } })
    // Whatever happens now, the next start says the same.
    expect(make().word()).toEqual(follower.word())
  }
  expect(readKept(state)?.pinned).toBe('enrolment')
  expect(said.filter((line) => /fork|cannot/i.test(line))).toEqual([])
})

test('a head that is told with its proof is taken without asking, a proof of other sizes is asked for, and a wrong one is a fork', async () => {
  const { follower, shown, source } = following(newLog(5))
  await follower.look()
  const told = (from: number, proof = shown.log.proof(from, shown.log.size)) =>
    toldLog(
      {
        checkpoint: shown.log.note(),
        proof: { from, to: shown.log.size, hashes: (proof ?? []).map(base64) },
      },
      source,
    )
  shown.log.add('a', 'b')
  // Nobody to ask: what was told is enough.
  shown.withholds = true
  await follower.look(told(5))
  expect(follower.word()).toMatchObject({ seen: { size: 7 } })
  shown.log.add('c')
  shown.withholds = false
  await follower.look(told(3))
  expect(follower.word()).toMatchObject({ seen: { size: 8 } })
  shown.log.add('d')
  await follower.look(told(8, shown.log.proof(3, shown.log.size)))
  expect(follower.word()).toMatchObject({ seen: { size: 8 }, fork: { kind: 'unproven' } })
})

test('two histories of one size: both signed heads are kept and said for good', async () => {
  const { follower, shown, state, make } = following(newLog())
  await follower.look()
  const honest = shown.log
  shown.log = honest.fork(7, 'other', 'other', 'other')
  await follower.look()
  const { seen, fork } = follower.word()
  expect(seen?.root).toBe(base64(honest.root(10)))
  expect(v.parse(ForkSchema, fork)).toMatchObject({ kind: 'two-roots', noticedMs: START })
  // The proof stands on its own: both heads bear the log's signature.
  const [file = ''] = proofsIn(state)
  const proof = JSON.parse(readFileSync(file, 'utf8')) as ForkProof
  const key = parseVkey(nodeCrypto, proof.vkey)
  if (!key.ok) throw new Error(key.error)
  const opened = [proof.kept, proof.shown].map((note) =>
    openCheckpoint(nodeCrypto, note, [key.value]),
  )
  const heads = opened.map((one) => (one.ok ? one.value.checkpoint : null))
  expect(heads.map((head) => head?.size)).toEqual([10, 10])
  expect(heads.map((head) => base64(head?.root ?? new Uint8Array()))).toEqual([
    base64(honest.root()),
    base64(shown.log.root()),
  ])
  // Going back to the old history takes nothing back.
  shown.log = honest
  honest.add('more')
  await follower.look()
  expect(follower.word()).toMatchObject({ seen: { size: 11 }, fork: { kind: 'two-roots' } })
  expect(make().word()).toEqual(follower.word())
})

test.each([
  ['a history that was written anew', (log: ToyLog) => log.fork(5, ...leaves(20, 40)), 'unproven'],
  ['an old copy that has grown otherwise', (log: ToyLog) => log.fork(4, 'x'), 'rolled-back'],
  ['a backup put back', (log: ToyLog) => log.fork(6), 'rolled-back'],
] as const)('%s is noticed, and mended only by the history that was kept', async (_, cut, kind) => {
  const { follower, shown, state, said } = following(newLog())
  await follower.look()
  const honest = shown.log
  shown.log = cut(honest)
  await follower.look()
  await follower.look()
  expect(follower.word()).toMatchObject({ seen: { size: 10 }, fork: { kind } })
  expect(proofsIn(state)).toHaveLength(1)
  expect(said.filter((line) => line.startsWith('error')).length).toBeGreaterThan(0)
  shown.log = honest
  honest.add('more')
  await follower.look()
  expect(follower.word().fork).toBeUndefined()
  expect(follower.word().seen?.size).toBe(11)
})

test('an old copy of the same history is no fork: the kept head stays', async () => {
  const { follower, shown } = following(newLog())
  await follower.look()
  const honest = shown.log
  // Shows the head of size 6 and can prove it.
  shown.log = Object.assign(honest.fork(10), { note: () => honest.note(6) })
  await follower.look()
  expect(follower.word()).toMatchObject({ seen: { size: 10 } })
  expect(follower.word().fork).toBeUndefined()
})

test('a proof withheld is said, and a line that fails is not taken for one', async () => {
  const { follower, shown, said } = following(newLog())
  await follower.look()
  shown.fails = 'connect ECONNREFUSED'
  await follower.look()
  await follower.look()
  expect(said.filter((line) => line.includes('cannot be followed'))).toHaveLength(1)
  shown.fails = ''
  shown.log.add('more')
  shown.withholds = true
  await follower.look()
  expect(follower.word()).toMatchObject({ seen: { size: 10 }, fork: { kind: 'unproven' } })
  shown.withholds = false
  await follower.look()
  expect(follower.word()).toEqual({
    seen: { origin: shown.log.signer.name, size: 11, root: base64(shown.log.root()) },
  })
})

test('another key is never taken; another log of the same key is, and the old one is still held', async () => {
  const { follower, shown, state } = following(newLog())
  await follower.look()
  const honest = shown.log
  const { seen } = follower.word()
  shown.log = newLog(20)
  await follower.look()
  expect(follower.word()).toEqual({ seen })
  const next = { ...honest.signer, name: logKeyName('collector', 1) }
  shown.log = new ToyLog(next, leaves(0, 4))
  await follower.look()
  expect(follower.word()).toMatchObject({ seen: { origin: next.name, size: 4 } })
  expect(readKept(state)?.before).toEqual([honest.note(10)])
  shown.log = honest.fork(3, 'x')
  await follower.look()
  expect(follower.word().fork?.kind).toBe('rolled-back')
})

test('an agent that enrolled before keys were handed over trusts the first, and no other after it', async () => {
  const { follower, shown, state, make, said } = following(newLog(), { pin: null })
  await follower.look()
  expect(readKept(state)).toMatchObject({ pinned: 'first-use', vkey: shown.log.vkey })
  expect(said.join('\n')).toContain('trusted on first use')
  shown.log = newLog(20)
  const later = make()
  await later.look()
  expect(later.word().seen?.size).toBe(10)
})

test('a damaged file is set aside and told, not taken for a first start in silence', async () => {
  const { follower, state, make, said } = following(newLog())
  await follower.look()
  writeFileSync(join(state, 'ledger.json'), '{"format":"voip-ready/kept-log/1"')
  const later = make()
  expect(said.join('\n')).toContain('was damaged')
  await later.look()
  expect(later.word().seen?.size).toBe(10)
})
