import { generateKeyPairSync } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lastSignedFile } from '../../../server/keys/last-signed.ts'
import { openLogKey } from '../../../server/keys/log-key.ts'
import { LedgerKeeper } from '../../../server/ledger/keeper.ts'
import { type Ledger, openLedger } from '../../../server/ledger/ledger.ts'
import { SigningRefused, signHead } from '../../../server/ledger/signing.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import type { Store } from '../../../server/store/store.ts'
import { openCheckpoint } from '../../../shared/evidence/checkpoint.ts'
import { verifyConsistency } from '../../../shared/evidence/merkle-verify.ts'
import { nodeCrypto, signerFrom } from '../../../shared/evidence/node-crypto.ts'
import { parseVkey } from '../../../shared/evidence/vkey.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { BOOT, MINUTE, START } from '../support/fixtures.ts'
import { rows } from './contract.ts'

interface World {
  readonly directory: string
  readonly keyFile: string
  readonly clock: { nowMs: number }
}

function newWorld(): World {
  const directory = temporaryDirectory()
  const keyFile = join(directory, 'keys', 'log.key')
  return { directory, keyFile, clock: { nowMs: START + 10 * MINUTE } }
}

async function openStore({ directory, clock }: World): Promise<Store> {
  const store = await openSqliteStore(directory, clock.nowMs)
  onTestFinished(() => store.close().catch(() => {}))
  return store
}

function open(world: World, store: Store, holder = 'one'): Promise<Ledger> {
  return openLedger(
    {
      signer: openLogKey(world.keyFile),
      last: lastSignedFile(world.keyFile),
      ...{ name: 'test', defaultName: 'host', holder, checkpointEveryMs: 30_000 },
    },
    { store, nowMs: () => world.clock.nowMs, waiting: () => 0, onTrouble: () => {} },
  )
}

/** The newest checkpoint, verified with the log's key. */
async function checkpointOf(ledger: Ledger) {
  const { checkpoint, vkey } = await ledger.state()
  const key = parseVkey(nodeCrypto, vkey)
  const opened = key.ok ? openCheckpoint(nodeCrypto, checkpoint?.note ?? '', [key.value]) : null
  if (!opened?.ok) throw new Error('no checkpoint that verifies')
  return opened.value.checkpoint
}

test('what is stored is placed and signed, and signed again only when grown and due', async () => {
  const world = newWorld()
  const store = await openStore(world)
  const ledger = await open(world, store)
  await store.append(rows(3))
  await ledger.turn()
  const first = await checkpointOf(ledger)
  expect(first.origin).toBe('voip-ready-log/test/0')
  expect(first.size).toBe(3)
  await store.append(rows(5))
  await ledger.keeper.turn()
  expect((await checkpointOf(ledger)).size).toBe(3)
  world.clock.nowMs += 30_000
  await ledger.keeper.turn()
  const second = await checkpointOf(ledger)
  expect(second.size).toBeGreaterThanOrEqual(5)
  const proof = await ledger.book.consistency('0', first.size, second.size)
  expect(verifyConsistency(nodeCrypto, { from: first, to: second, proof })).toBe(true)
})

test('the log goes on after a restart, consistent with what was signed before', async () => {
  const world = newWorld()
  let store = await openStore(world)
  let ledger = await open(world, store)
  await store.append(rows(4))
  await ledger.turn()
  const before = await checkpointOf(ledger)
  await ledger.stop()
  await store.close()
  store = await openStore(world)
  ledger = await open(world, store)
  await store.append(rows(300))
  world.clock.nowMs += MINUTE
  await ledger.turn()
  const after = await checkpointOf(ledger)
  expect(after.size).toBeGreaterThan(300)
  const proof = await ledger.book.consistency('0', before.size, after.size)
  expect(verifyConsistency(nodeCrypto, { from: before, to: after, proof })).toBe(true)
})

test('of two keepers one writes; one that slept through its lease writes nothing more', async () => {
  const world = newWorld()
  const store = await openStore(world)
  const [one, two] = [await open(world, store, 'one'), await open(world, store, 'two')]
  await store.append(rows(2))
  await one.keeper.turn()
  await two.keeper.turn()
  expect([one.keeper.leads, two.keeper.leads]).toEqual([true, false])
  world.clock.nowMs += MINUTE
  await two.keeper.turn()
  expect(two.keeper.leads).toBe(true)
  await store.append(rows(4))
  await one.keeper.turn()
  expect(one.keeper.leads).toBe(false)
  expect(await store.ledger.place('leeds', 'leeds-1', BOOT, 4)).toBeNull()
  await two.keeper.turn()
  expect(await store.ledger.place('leeds', 'leeds-1', BOOT, 4)).toEqual({ logId: '0', index: 3 })
})

test('an old backup put back is noticed: nothing is placed or signed, and it is told why', async () => {
  const world = newWorld()
  const backup = temporaryDirectory()
  let store = await openStore(world)
  let ledger = await open(world, store)
  await store.append(rows(2))
  await ledger.keeper.turn()
  await ledger.stop()
  await store.close()
  const file = 'collector.sqlite'
  cpSync(join(world.directory, file), join(backup, file))
  store = await openStore(world)
  ledger = await open(world, store)
  await store.append(rows(9))
  world.clock.nowMs += MINUTE
  await ledger.keeper.turn()
  expect((await checkpointOf(ledger)).size).toBe(9)
  await ledger.stop()
  await store.close()

  cpSync(join(backup, file), join(world.directory, file))
  store = await openStore(world)
  ledger = await open(world, store)
  await store.append(rows(4).map((one) => ({ ...one, leafHash: new Uint8Array(32).fill(7) })))
  world.clock.nowMs += MINUTE
  await ledger.turn()
  expect(ledger.keeper.leads).toBe(false)
  expect(ledger.keeper.fault?.found).toContain('the log has 2 leaves, and one of 9 was signed')
  expect(ledger.keeper.fault?.repair).toContain('recover --new-origin')
  expect((await checkpointOf(ledger)).size).toBe(2)
  expect((await store.ledger.unsequenced()).count).toBe(2)
})

test('a log of the same length with another history is not signed', async () => {
  const world = newWorld()
  const store = await openStore(world)
  const ledger = await open(world, store)
  const other = { number: 0, origin: 'voip-ready-log/test/0', signer: '', openedMs: 0, logId: '0' }
  const range = { size: 2, roots: [new Uint8Array(32).fill(9)] }
  const last = lastSignedFile(world.keyFile)
  last.write(signHead(openLogKey(world.keyFile)(other.origin), { ...other, range }))
  await store.append(rows(2))
  await store.ledger.sequence(await lease(store), '0', { untilMs: 0 })
  await ledger.keeper.turn()
  expect(ledger.keeper.fault?.found).toContain('two histories')
})

test('a checkpoint that was signed and not published before a crash is published after it', async () => {
  const world = newWorld()
  const store = await openStore(world)
  const ledger = await open(world, store)
  await store.append(rows(3))
  const failing = new LedgerKeeper({
    book: { ...bookOf(store), putCheckpoint: () => Promise.reject(new Error('crash')) },
    signer: openLogKey(world.keyFile),
    last: lastSignedFile(world.keyFile),
    ...{ holder: 'one', checkpointEveryMs: 30_000, nowMs: () => world.clock.nowMs },
  })
  await expect(failing.turn()).rejects.toThrow('crash')
  expect((await ledger.state()).checkpoint).toBeNull()
  await store.append(rows(4))
  await ledger.keeper.turn()
  const signed = await store.ledger.checkpointsBetween('0', { from: 0, to: 9, limit: 9 })
  expect(signed.map(({ size }) => size)).toEqual([3])
  world.clock.nowMs += MINUTE
  await ledger.keeper.turn()
  expect((await checkpointOf(ledger)).size).toBe(4)
})

test('a collector with another key does not take over the log', async () => {
  const world = newWorld()
  const store = await openStore(world)
  await open(world, store)
  const other = { ...world, keyFile: join(world.directory, 'other.key') }
  await expect(open(other, store)).rejects.toThrow(/another key/)
})

test('a checkpoint beside the key that this key did not sign refuses signing', async () => {
  const world = newWorld()
  const store = await openStore(world)
  const ledger = await open(world, store)
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const head = await store.ledger.newestLog()
  if (head === null) throw new SigningRefused('no log')
  lastSignedFile(world.keyFile).write(signHead(signerFrom(head.origin, pem), head))
  await ledger.keeper.turn()
  expect(ledger.keeper.fault?.found).toContain('not one that this key has signed')
})

async function lease(store: Store) {
  const key = { name: 'ledger', holder: 'test' }
  const epoch = (await store.ledger.takeLease(key, START, 1)) ?? 0
  return { ...key, epoch }
}

/** The book as an object that can be spread (the store's own is a proxy). */
function bookOf(store: Store): Store['ledger'] {
  const { ledger } = store
  const methods = ['newestLog', 'newestCheckpoint', 'takeLease', 'releaseLease', 'sequence']
  const more = ['unsequenced', 'consistency', 'putCheckpoint']
  const named = [...methods, ...more] as (keyof Store['ledger'])[]
  return Object.fromEntries(named.map((name) => [name, ledger[name]])) as never
}
