import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCompare } from '../../../agent/verify/compare.ts'
import { packBundle } from '../../../server/bundle/pack.ts'
import { exportTiles } from '../../../server/tiles/export.ts'
import type { BundleLine } from '../../../shared/evidence/bundle.ts'
import { openCheckpoint } from '../../../shared/evidence/checkpoint.ts'
import { compareHeads, compareThrough, type Shown } from '../../../shared/evidence/compare-heads.ts'
import type { EntryBody } from '../../../shared/evidence/entry.ts'
import { agentKeyName } from '../../../shared/evidence/key-names.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { formatVkey, KEY_TYPE, vkeyOf } from '../../../shared/evidence/vkey.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { MINUTE, START } from '../../server/support/fixtures.ts'
import { filled } from '../../server/support/logged-world.ts'
import { cosigned, KEYS, newSigner, SIGNERS, worldLines } from '../../support/evidence-world.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { leaves, ToyLog } from '../../support/toy-log.ts'

const york = newSigner(agentKeyName('york', 'leeds-1'))

async function compared(
  a: Uint8Array,
  b: Uint8Array,
  more: { readonly tiles?: string; readonly witnessKey?: readonly string[] } = {},
) {
  const folder = temporaryDirectory()
  const files = [join(folder, 'a.bundle'), join(folder, 'b.bundle')] as const
  writeFileSync(files[0], a)
  writeFileSync(files[1], b)
  const options = {
    agentKey: [...KEYS.agent, vkeyOf(nodeCrypto, york)].map(formatVkey),
    ...{ reflectorKey: KEYS.reflector.map(formatVkey), logKey: KEYS.log.map(formatVkey) },
    ...{ witnessKey: [], ...more },
  }
  const print = async (json: boolean) => {
    let text = ''
    const exit = await runCompare(files, { ...options, json }, (one) => {
      text += one
    })
    return { exit, text }
  }
  const json = await print(true)
  return { ...(await print(false)), found: JSON.parse(json.text), exitJson: json.exit }
}

/** What customer B of York is given: the log as he was shown it, with his own site's records. */
function ofYork(lines: readonly BundleLine[]): BundleLine[] {
  return lines.map((line) => (line.kind === 'manifest' ? { ...line, site: 'york' } : line))
}
const inYork = (one: AgentRecord): AgentRecord => ({ ...one, site: 'york' })
const yorkSigners = { ...SIGNERS, agent: york }
const exclusion: EntryBody = {
  ...{ kind: 'exclusion', site: 'leeds', id: 'm1', cause: 'maintenance', why: 'planned' },
  ...{ by: 'noc', withdrawn: false, from: START + 60 * MINUTE, to: START + 61 * MINUTE },
}

test('the provider shows two customers two logs of one size: each verifies alone, together they prove it', async () => {
  // Leeds is shown its own records in the log, York a log of the same sizes with York's in their place.
  const forLeeds = packBundle(worldLines({ minutes: 16 }))
  const forYork = packBundle(
    ofYork(worldLines({ minutes: 16, signers: yorkSigners, change: inYork })),
  )
  for (const one of [forLeeds, forYork]) expect((await compared(one, one)).exit).toBe(0)
  const { exit, exitJson, text, found } = await compared(forLeeds, forYork)
  expect([exit, exitJson]).toEqual([5, 5])
  expect(text).toContain('FORK: the log was shown in two versions, and this proves it')
  expect(found.heads).toMatchObject({ word: 'fork', fork: { kind: 'two-roots' } })
  // Both notes stand in what is printed, and whoever has the log's key finds his signature below each.
  const heads = [found.heads.fork.a, found.heads.fork.b].map(({ note }) => {
    expect(text).toContain(note)
    const opened = openCheckpoint(nodeCrypto, note, KEYS.log)
    if (!opened.ok) throw new Error(opened.error)
    return opened.value.checkpoint
  })
  expect(heads[0]?.size).toBe(heads[1]?.size)
  expect(Buffer.from(heads[0]?.root ?? []).equals(Buffer.from(heads[1]?.root ?? []))).toBe(false)
})

test('an entry that one of two customers is not shown: the larger log does not begin with the smaller', async () => {
  const lines = (minute: number) => (minute === 9 ? [exclusion, { ...exclusion, id: 'm2' }] : [])
  const one = packBundle(worldLines({ minutes: 10 }))
  const other = packBundle(worldLines({ minutes: 10, entries: lines }))
  const { exit, found, text } = await compared(one, other)
  expect(exit).toBe(5)
  expect(found.heads).toMatchObject({ word: 'fork', fork: { kind: 'other-beginning' } })
  expect(text).toContain('does not begin with')
})

test('a witness that cosigned both histories is named: it vouches for nothing; an honest one is not', async () => {
  const [honest, liar] = [newSigner('acme.example/w1'), newSigner('other.example/w1')]
  const witnessKey = [honest, liar].map((one) =>
    formatVkey(vkeyOf(nodeCrypto, one, KEY_TYPE.cosignature)),
  )
  const lines = (minute: number) => (minute === 9 ? [exclusion] : [])
  const shown = worldLines({ minutes: 12 })
  const forked = worldLines({ minutes: 12, entries: lines })
  // What both histories begin with, every witness may have cosigned for both.
  const before = shown.find((line) => line.kind === 'checkpoint')?.size ?? 0
  const one = packBundle(cosigned(cosigned(shown, honest), liar))
  const other = packBundle(cosigned(cosigned(forked, honest, before), liar))
  const { exit, found, text } = await compared(one, other, { witnessKey })
  expect([exit, found.heads.fork.cosignedBoth]).toEqual([5, ['other.example/w1']])
  expect(text).toMatch(/witness other\.example\/w1 cosigned both: whoever holds its key/)
  expect(text).not.toContain('witness acme')
  const unknown = await compared(one, other)
  expect(unknown.found.heads.fork.cosignedBoth).toEqual([])
})

test('a head that the log’s key did not sign proves nothing against it', async () => {
  const forged = { ...SIGNERS, log: newSigner(SIGNERS.log.name) }
  const lines = worldLines({ minutes: 3, signers: forged })
  const { exit, found } = await compared(packBundle(worldLines({ minutes: 3 })), packBundle(lines))
  // Invalid it is, by its own signatures; a fork of the log it is not.
  expect([exit, found.heads.word]).toEqual([5, 'cannot-say'])
})

test('two customers of one log: one log; where nothing leads across it cannot be said, and a copy of it does', async () => {
  const collector = await filled(47)
  const bundle = async (from: number, to: number) => {
    const time = [from, to].map((minute) => new Date(START + minute * MINUTE).toISOString())
    const url = `/api/v1/sites/leeds/bundle?from=${time[0]}&to=${time[1]}`
    const headers = { host: '127.0.0.1:8460' }
    return (await collector.app.inject({ method: 'GET', url, headers })).rawPayload
  }
  const [early, late] = [await bundle(0, 15), await bundle(30, 45)]
  const apart = await compared(early, late)
  expect(apart.found.heads.word).toBe('cannot-say')
  expect(apart.text).toContain('export-tiles DIR')
  const tiles = temporaryDirectory()
  await exportTiles(collector.store.ledger, tiles, () => {})
  const through = await compared(early, late, { tiles })
  expect(through.found.heads).toMatchObject({ word: 'consistent' })
  expect(through.text).toContain('by a copy of it')
  // A copy of which one hash was changed is refused, whatever it would have said.
  writeFileSync(join(tiles, 'tile/1/000.p/1'), Buffer.alloc(32, 7))
  await expect(compared(early, late, { tiles })).rejects.toThrow('another root')
})

const log = newSigner(SIGNERS.log.name)
/** What a party knows of a log: the heads of some sizes, and roots at no size or at all of them. */
function party(toy: ToyLog, sizes: readonly number[], knows: (size: number) => boolean): Shown {
  return {
    origin: toy.signer.name,
    heads: sizes.map((size) => ({ size, root: toy.root(size), note: toy.note(size) })),
    rootAt: (size) => (knows(size) ? toy.root(size) : undefined),
  }
}

test('heads of any two sizes: one log is never called a fork, a fork never one log', () => {
  const honest = new ToyLog(log, leaves(0, 24))
  const all = () => true
  const none = () => false
  for (let n = 1; n <= 12; n += 1) {
    for (let cut = 0; cut <= 12; cut += 1) {
      const forked = honest.fork(cut, ...leaves(100, 112))
      const [a, b] = [party(honest, [n], all), party(forked, [forked.size - 1], all)]
      const really = cut >= n ? 'consistent' : 'fork'
      expect([n, cut, compareHeads(a, b).word]).toEqual([n, cut, really])
      expect(compareHeads(b, a).word).toBe(really)
      // Without the leaves between them nothing can be said, unless the sizes are one.
      const [blindA, blindB] = [party(honest, [n], none), party(forked, [forked.size - 1], none)]
      if (n !== forked.size - 1) expect(compareHeads(blindA, blindB).word).toBe('cannot-say')
      // A copy of either side's log shows it all the same.
      const copy = party(honest, [24], all)
      const through = compareThrough(blindA, blindB, copy).word
      expect([n, cut, through]).toEqual([n, cut, 'fork'])
    }
  }
  const same = compareThrough(party(honest, [9], none), party(honest, [17], none), {
    ...party(honest, [24], all),
  })
  expect(same).toMatchObject({ word: 'consistent', agreedTo: 9 })
  const short = compareThrough(party(honest, [9], none), party(honest, [17], none), {
    ...party(honest, [12], all),
  })
  expect(short.word).toBe('cannot-say')
  const otherLog = { ...party(honest, [9], all), origin: 'elsewhere/1' }
  expect(compareHeads(party(honest, [9], all), otherLog).word).toBe('cannot-say')
})
