import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keyFile } from '../../../agent/enrol/identity.ts'
import { HandDesk } from '../../../agent/runs/hand-desk.ts'
import type { HandEnd } from '../../../agent/runs/hand-files.ts'
import { orderByHand } from '../../../agent/runs/order-by-hand.ts'
import type { ByHand, RunOrder } from '../../../agent/runs/run-taker.ts'
import { lockDirectory } from '../../../shared/disk/lock.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

/** Runs that are asked for at the agent's machine: the files between who asks and who does. */
const NOW = Date.now()
const quiet = { info: () => {}, warn: () => {}, error: () => {} }
const output = { out: () => {}, err: () => {}, live: false } as never

function desk({ idle = true } = {}) {
  const state = temporaryDirectory()
  const folder = join(state, 'by-hand')
  mkdirSync(folder)
  const taken: (RunOrder & ByHand & { readonly left: boolean })[] = []
  const cancelled: string[] = []
  const runs = {
    idle,
    take(order: RunOrder, byHand?: ByHand | null) {
      const left = existsSync(join(folder, `${order.id}.order.json`))
      if (byHand != null) taken.push({ ...order, ...byHand, left })
      return true
    },
    cancel: (id: string) => void cancelled.push(id),
  }
  const siteFile = () => '/plan/site.json'
  const one = new HandDesk({ state, runs, siteFile, log: quiet, nowMs: () => NOW })
  const put = (id: string, value: unknown) =>
    writeFileSync(join(folder, `${id}.order.json`), JSON.stringify(value) ?? 'x')
  const end = (id: string) =>
    JSON.parse(readFileSync(join(folder, `${id}.end.json`), 'utf8')) as HandEnd
  return { one, folder, taken, cancelled, put, end }
}

const orderOf = (id: string, at = NOW) => ({
  ...{ format: 'voip-ready/run-by-hand/1', id, ask: { kind: 'check' } },
  entered: { by: 'alice', at },
})

test('an order is gone before its run begins, says who entered it, and is told by files', () => {
  const { one, folder, taken, cancelled, put, end } = desk()
  const id = randomUUID()
  put(id, orderOf(id))
  one.look()
  expect(taken).toMatchObject([
    { id, ask: { kind: 'check' }, entered: { by: 'alice' }, left: false },
  ])
  const [run] = taken
  run?.teller.started()
  writeFileSync(join(folder, `${id}.stop.json`), '{}')
  one.look()
  expect(cancelled).toEqual([id])
  const kept = { records: 2, lost: null }
  run?.teller.ended({ outcome: 'done', why: '', result: null }, kept)
  expect(end(id)).toEqual({
    ...{ outcome: 'done', why: '', shown: null, kept, siteFile: '/plan/site.json' },
  })
  expect(readdirSync(folder)).toEqual([`${id}.end.json`])
})

test('an agent that is at another run leaves an order where it is', () => {
  const { one, folder, taken, put } = desk({ idle: false })
  const id = randomUUID()
  put(id, orderOf(id))
  one.look()
  expect([taken, readdirSync(folder)]).toEqual([[], [`${id}.order.json`]])
})

const ID = '5e0c9a52-0000-4000-8000-000000000001'
test.each([
  ['no JSON', undefined, /cannot be read/],
  ['nothing', null, /another form/],
  ['a list', [], /another form/],
  ['another format', { ...orderOf(ID), format: 'x' }, /another form/],
  ['another run', { ...orderOf(ID), id: randomUUID() }, /another run/],
  ['nothing asked', { ...orderOf(ID), ask: null }, /asks for nothing/],
  ['nobody', { ...orderOf(ID), entered: { by: 'two words', at: NOW } }, /who entered it/],
  ['long ago', orderOf(ID, NOW - 16 * 60_000), /more than 15 minutes ago/],
  ['too much', { ...orderOf(ID), more: 'x'.repeat(20_000) }, /octets/],
])('an order that is %s is refused in words and begins nothing', (_what, value, why) => {
  const { one, taken, put, end } = desk()
  put(ID, value)
  one.look()
  expect(taken).toEqual([])
  expect(end(ID)).toMatchObject({ outcome: 'refused', why: expect.stringMatching(why), kept: null })
})

test('what is no file of ours is left alone, and so is a folder or a link under the name of an order', () => {
  const { one, folder, taken, put } = desk()
  writeFileSync(join(folder, 'notes.txt'), 'mine')
  mkdirSync(join(folder, `${ID}.order.json`))
  symlinkSync(join(folder, 'notes.txt'), join(folder, `${randomUUID()}.order.json`))
  const before = readdirSync(folder)
  one.look()
  expect(taken).toEqual([])
  expect(readdirSync(folder)).toEqual(before)
  const id = randomUUID()
  put(id, orderOf(id))
  one.look()
  expect(taken).toHaveLength(1)
})

/** The state folder of an enrolled agent; one that runs where it is locked. */
function enrolled({ runs = true } = {}): string {
  const state = temporaryDirectory()
  const keyId = '0123456789abcdef'
  const identity = {
    ...{ format: 'voip-ready/identity/1', site: 'leeds', agent: 'leeds-1', pin: null, keyId },
    ...{ collector: 'http://127.0.0.1:1', vkey: 'leeds/leeds-1+01234567+AAAA', log: null },
    ...{ keyAddedMs: 1, keyExpiresMs: 2 },
  }
  writeFileSync(join(state, 'identity.json'), JSON.stringify(identity))
  writeFileSync(join(state, keyFile(keyId)), KEY)
  mkdirSync(join(state, 'by-hand'))
  if (runs) lockDirectory(join(state, 'by-hand'))
  return state
}

const KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`
const ask = { kind: 'check' } as const

test('whoever asks is told what is in the way, and nothing is left behind', async () => {
  const nowhere = join(temporaryDirectory(), 'none')
  await expect(orderByHand(nowhere, ask, output)).rejects.toThrow(/no such folder.*|enrol first/s)
  await expect(orderByHand(temporaryDirectory(), ask, output)).rejects.toThrow(/no identity in it/)
  const asleep = enrolled({ runs: false })
  await expect(orderByHand(asleep, ask, output)).rejects.toThrow(/a running agent/)
  expect(readdirSync(join(asleep, 'by-hand'))).toEqual([])
  const busy = enrolled()
  for (let n = 0; n < 4; n++)
    writeFileSync(join(busy, 'by-hand', `${randomUUID()}.order.json`), '{}')
  await expect(orderByHand(busy, ask, output)).rejects.toThrow(/fewer than 4 runs/)
})

test('the folder of another user is not touched', { skip: process.getuid?.() !== 0 }, async () => {
  const state = enrolled()
  chownSync(state, 12_345, 12_345)
  chmodSync(state, 0o700)
  await expect(orderByHand(state, ask, output)).rejects.toThrow(/uid 12345.*sudo -u '#12345'/s)
})

test('a refusal comes back as the agent said it; a lock that changes hands ends the waiting', async () => {
  const state = enrolled()
  const folder = join(state, 'by-hand')
  const asked = orderByHand(state, ask, output)
  const order = () => readdirSync(folder).find((name) => name.endsWith('.order.json'))
  await expect.poll(order).toBeDefined()
  const id = order()?.slice(0, 36)
  const end = { outcome: 'refused', why: 'plan.caps.consent: no', shown: null, kept: null }
  writeFileSync(join(folder, `${id}.end.json`), JSON.stringify({ ...end, siteFile: null }))
  await expect(asked).rejects.toThrow(/plan\.caps\.consent: no/)
  const other = orderByHand(state, ask, output)
  const lost = expect(other).rejects.toThrow(/the agent that was asked.*has ended/s)
  writeFileSync(join(folder, 'lock'), '1 0')
  await lost
  expect(readdirSync(folder).filter((name) => name.includes('.order.'))).toHaveLength(1)
})
