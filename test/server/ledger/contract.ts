import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Lease } from '../../../server/store/ledger/lease.ts'
import type { Store } from '../../../server/store/store.ts'
import { leafHash, rootOf } from '../../../shared/evidence/merkle.ts'
import { verifyConsistency, verifyInclusion } from '../../../shared/evidence/merkle-verify.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { BOOT, MINUTE, row, START } from '../support/fixtures.ts'

export const SIGNER = 'ab'.repeat(32)
export const LONG = { untilMs: START + 1e9 }

/** Leaf hash of any text. */
export const leaf = (text: string) => leafHash(nodeCrypto, Buffer.from(text))

/** Records 1 to `count` of one agent, each with a leaf of its own. */
export function rows(count: number, from = 1) {
  return Array.from({ length: count }, (_, n) =>
    row({ sequence: from + n, leafHash: leaf(`record ${from + n}`) }),
  )
}

export async function openedLog(store: Store, holder = 'one'): Promise<Lease> {
  const log = { number: 0, origin: 'voip-ready-log/test/0', signer: SIGNER, openedMs: START }
  await store.ledger.openLog(log)
  const epoch = await store.ledger.takeLease({ name: 'ledger', holder }, START, MINUTE)
  if (epoch === null) throw new Error('the lease is taken')
  return { name: 'ledger', holder, epoch }
}

const entry = (text: string, change: object = {}) => ({
  ...{ site: '', ref: text, kind: 'tick', about: '', atMs: START, turn: 1 },
  ...{ leaf: leaf(text), body: Buffer.from(text), ...change },
})

/** What the ledger's tables must do, whatever database is behind them. */
export function ledgerContract(name: string, open: () => Promise<Store>): void {
  describe(`ledger contract: ${name}`, () => {
    test('what is stored waits, and a round gives it its place in the order of its coming', async () => {
      const { store, lease } = await opened()
      await store.append(rows(5))
      expect(await store.ledger.unsequenced()).toEqual({
        count: 5,
        oldestMs: rows(1)[0]?.receivedMs,
      })
      expect(await store.ledger.place('leeds', 'leeds-1', BOOT, 3)).toBeNull()
      const round = await store.ledger.sequence(lease, '0', LONG)
      expect(round).toEqual({ outcome: 'sequenced', leaves: 5, size: 5, late: [] })
      expect(await store.ledger.place('leeds', 'leeds-1', BOOT, 3)).toEqual({
        logId: '0',
        index: 2,
      })
      expect(await store.ledger.unsequenced()).toEqual({ count: 0, oldestMs: null })
    })

    test('a repeated record gets no second leaf', async () => {
      const { store, lease } = await opened()
      await store.append(rows(3))
      await store.ledger.sequence(lease, '0', LONG)
      await store.append(rows(4))
      expect(await store.ledger.sequence(lease, '0', LONG)).toMatchObject({ leaves: 1, size: 4 })
    })

    test('every size has the root that its leaves have, with proofs, over many rounds', async () => {
      const { store, lease } = await opened()
      const all = rows(700)
      const ends = [1, 3, 255, 256, 257, 600, 700]
      let from = 0
      for (const to of ends) {
        await store.append(all.slice(from, to))
        await store.ledger.sequence(lease, '0', LONG)
        from = to
      }
      const leaves = all.map(({ leafHash: hash }) => hash)
      const root = await store.ledger.root('0', 700)
      expect(hex(root)).toBe(hex(rootOf(nodeCrypto, leaves)))
      for (const size of ends) {
        const old = rootOf(nodeCrypto, leaves.slice(0, size))
        const proof = await store.ledger.consistency('0', size, 700)
        const claim = { from: { size, root: old }, to: { size: 700, root }, proof }
        expect(verifyConsistency(nodeCrypto, claim), `from ${size}`).toBe(true)
        const index = size - 1
        const beside = await store.ledger.inclusion('0', index, 700)
        const hash = leaves[index] ?? new Uint8Array()
        const inclusion = { leaf: hash, index, size: 700, root, proof: beside }
        expect(verifyInclusion(nodeCrypto, inclusion), `leaf ${index}`).toBe(true)
      }
      expect((await store.ledger.tile('0', { level: 0, idx: 1 }, 256 * 32))?.length).toBe(256 * 32)
      expect((await store.ledger.tile('0', { level: 1, idx: 0 }, 2 * 32))?.length).toBe(64)
      expect(await store.ledger.tile('0', { level: 1, idx: 0 }, 3 * 32)).toBeNull()
    })

    test('a round takes no more than it may', async () => {
      const { store, lease } = await opened()
      await store.append(rows(10))
      const round = () => store.ledger.sequence(lease, '0', { ...LONG, most: 4 })
      expect(await round()).toMatchObject({ leaves: 4, size: 4 })
      expect(await round()).toMatchObject({ leaves: 4, size: 8 })
      expect(await round()).toMatchObject({ leaves: 2, size: 10 })
      expect(await round()).toMatchObject({ leaves: 0, size: 10 })
    })

    test("a lease is one holder's until it ends; whoever had it before writes nothing", async () => {
      const { store, lease } = await opened()
      const other = { name: 'ledger', holder: 'other' }
      expect(await store.ledger.takeLease(other, START + 1000, MINUTE)).toBeNull()
      await store.append(rows(2))
      const epoch = await store.ledger.takeLease(other, START + MINUTE + 1, MINUTE)
      expect(epoch).toBe(lease.epoch + 1)
      expect(await store.ledger.sequence(lease, '0', LONG)).toEqual({ outcome: 'fenced' })
      const note = { logId: '0', size: 2, note: 'x\n', atMs: START }
      expect(await store.ledger.putCheckpoint(lease, note, LONG.untilMs)).toBe(false)
      expect(await store.ledger.newestCheckpoint('0')).toBeNull()
      const now = { ...other, epoch: epoch ?? 0 }
      expect(await store.ledger.sequence(now, '0', LONG)).toMatchObject({ size: 2 })
    })

    test('a lease given back can be taken at once', async () => {
      const { store, lease } = await opened()
      await store.ledger.releaseLease(lease)
      const other = { name: 'ledger', holder: 'other' }
      expect(await store.ledger.takeLease(other, START + 1, MINUTE)).toBe(lease.epoch + 1)
    })

    test('entries stand among the records in the order of their time, and are found by what they are about', async () => {
      const { store, lease } = await opened()
      await store.append(rows(1))
      await store.ledger.addEntries([entry('tick')])
      const gap = { site: 'leeds', kind: 'gap', about: 'leeds-1' }
      await store.ledger.addEntries([entry('gap', { ...gap, atMs: START + MINUTE })])
      await store.ledger.addEntries([entry('gap', { ...gap, atMs: START + MINUTE })])
      await store.ledger.addEntries([
        entry('other', { ...gap, site: 'york', atMs: START + MINUTE }),
      ])
      expect(await store.ledger.hasEntry(gap, START + MINUTE)).toBe(true)
      expect(await store.ledger.sequence(lease, '0', LONG)).toMatchObject({ size: 4 })
      expect(await store.ledger.hasEntry(gap, START + MINUTE)).toBe(true)
      expect(await store.ledger.hasEntry(gap, START + MINUTE + 1)).toBe(false)
      const found = await store.ledger.entriesBetween('0', 'leeds', { from: 0, to: 9, limit: 9 })
      expect(found.map(({ index, kind }) => [index, kind])).toEqual([
        [0, 'tick'],
        [1, 'gap'],
      ])
      expect(Buffer.from(found[1]?.body ?? []).toString()).toBe('gap')
      expect(await store.ledger.place('leeds', 'leeds-1', BOOT, 1)).toMatchObject({ index: 3 })
    })

    test('a plan and what the log says of it are stored together or not at all', async () => {
      const { store } = await opened()
      const plan = { site: 'leeds', sha256: 'a'.repeat(64), body: '{}', atMs: START, by: 'noc' }
      const said = entry('plan', { site: 'leeds', kind: 'plan' })
      const broken = { ...said, ref: 'broken', leaf: null } as never
      await expect(store.plans.put(plan, 0, [said, broken])).rejects.toThrow()
      expect(await store.plans.newest('leeds')).toBeNull()
      expect((await store.ledger.unsequenced()).count).toBe(0)
      const put = { outcome: 'stored', version: 1 }
      expect(await store.plans.put(plan, 0, [said])).toEqual(put)
      // The same plan again says nothing again.
      const again = await store.plans.put(plan, 1, [entry('again')])
      expect(again).toEqual({ ...put, outcome: 'repeated' })
      expect((await store.ledger.unsequenced()).count).toBe(1)
    })

    test('records that came late are told of, by boot', async () => {
      const { store, lease } = await opened()
      const late = START + 20 * MINUTE
      await store.append(rows(3).map((one) => ({ ...one, receivedMs: late })))
      await store.append(rows(1, 9))
      const { late: found } = (await store.ledger.sequence(lease, '0', LONG)) as never
      expect(found).toEqual([
        {
          ...{ site: 'leeds', agent: 'leeds-1', boot: BOOT },
          ...{ fromSequence: 1, toSequence: 3, lateMs: 19 * MINUTE },
        },
      ])
    })

    test('checkpoints come back with the cosignatures that came for them', async () => {
      const { store, lease } = await opened()
      for (const size of [2, 5]) {
        const note = { logId: '0', size, note: `note ${size}\n`, atMs: START }
        expect(await store.ledger.putCheckpoint(lease, note, LONG.untilMs)).toBe(true)
      }
      const line = { logId: '0', size: 2, witness: 'w+1', line: '— w 1\n', atMs: START }
      await store.ledger.putCosignature(line)
      await store.ledger.putCosignature({ ...line, line: '— w 2\n' })
      const noteOf = (found: { readonly note: string } | null) => found?.note
      expect(noteOf(await store.ledger.checkpointOver('0', 0))).toBe('note 2\n— w 1\n')
      expect(noteOf(await store.ledger.checkpointOver('0', 2))).toBe('note 5\n')
      expect(noteOf(await store.ledger.checkpointUnder('0', 4))).toBe('note 2\n— w 1\n')
      expect(noteOf(await store.ledger.newestCheckpoint('0'))).toBe('note 5\n')
      expect(await store.ledger.checkpointOver('0', 5)).toBeNull()
      const range = { from: 0, to: 9, limit: 9 }
      expect((await store.ledger.checkpointsBetween('0', range)).map(noteOf)).toEqual([
        'note 2\n— w 1\n',
        'note 5\n',
      ])
    })

    test("a site's records of a period are found with their places, in the order of the log", async () => {
      const { store, lease } = await opened()
      const minute = (n: number) => ({ fromMs: START + n * MINUTE, toMs: START + (n + 1) * MINUTE })
      await store.append([row({ sequence: 2, ...minute(1) }), row({ site: 'york', sequence: 1 })])
      await store.ledger.sequence(lease, '0', LONG)
      await store.append([row({ sequence: 1 }), row({ sequence: 3, ...minute(2) })])
      await store.ledger.sequence(lease, '0', LONG)
      const period = { fromMs: START, toMs: START + 2 * MINUTE, limit: 10 }
      const places = await store.ledger.places('leeds', period)
      expect(places.map(({ sequence, index }) => [sequence, index])).toEqual([
        [2, 0],
        [1, 2],
      ])
    })

    test("each agent's record just before a time and the one just after it are found", async () => {
      const { store, lease } = await opened()
      const minute = (n: number) => ({ fromMs: START + n * MINUTE, toMs: START + (n + 1) * MINUTE })
      const of = (agent: string, n: number) => row({ agent, sequence: n + 1, ...minute(n) })
      await store.append([0, 1, 2, 5, 6].map((n) => of('leeds-1', n)))
      await store.append([of('leeds-2', 0), of('leeds-2', 1), row({ site: 'york', ...minute(2) })])
      const nearest = async (from: number, to: number) => {
        const period = { fromMs: START + from * MINUTE, toMs: START + to * MINUTE }
        const found = await store.ledger.nearest('leeds', period)
        return found.map(({ agent, sequence }) => `${agent} ${sequence}`).sort()
      }
      expect(await nearest(3, 5), 'nothing has its place yet').toEqual([])
      await store.ledger.sequence(lease, '0', LONG)
      expect(await nearest(3, 5)).toEqual(['leeds-1 3', 'leeds-1 6', 'leeds-2 2'])
      // What touches the time is neither before nor after it.
      expect(await nearest(2.5, 5.5)).toEqual(['leeds-1 2', 'leeds-1 7', 'leeds-2 2'])
      expect(await nearest(0, 1)).toEqual(['leeds-1 2', 'leeds-2 2'])
      expect(await nearest(7, 9)).toEqual(['leeds-1 7', 'leeds-2 2'])
    })
  })

  async function opened() {
    const store = await open()
    return { store, lease: await openedLog(store) }
  }
}

function hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
