import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lastSignedFile } from '../../../server/keys/last-signed.ts'
import { openLogKey } from '../../../server/keys/log-key.ts'
import { exportTiles } from '../../../server/tiles/export.ts'
import { leafHash } from '../../../shared/evidence/merkle.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { parseTilePath, tilePath, tilesOf } from '../../../shared/evidence/tile-path.ts'
import { eventually } from '../../lab/command.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { type TestCollector, type TestOptions, testCollector } from '../support/collector.ts'
import { envelope, record } from '../support/fixtures.ts'

async function collectorWithLedger(change: TestOptions = {}): Promise<TestCollector> {
  const keyFile = join(temporaryDirectory(), 'log.key')
  return testCollector({
    ledger: {
      ...{ signer: openLogKey(keyFile), last: lastSignedFile(keyFile) },
      ...{ name: 'test', defaultName: 'host', holder: 'one' },
      ...{ checkpointEveryMs: 0, turnEveryMs: 10 },
    },
    ...change,
  })
}

async function addEntries({ store }: TestCollector, count: number, from = 0): Promise<void> {
  for (let at = from; at < from + count; at += 1) {
    const body = Buffer.from(`entry ${at}`)
    const entry = { site: '', ref: `test-${at}`, kind: 'tick', about: '', atMs: at, turn: at, body }
    await store.ledger.addEntries([{ ...entry, leaf: leafHash(nodeCrypto, body) }])
  }
}

/** A reader of its own: it knows the published formats, and nothing of this project's code. */
type Fetch = (path: string) => Promise<Buffer | null>
const sha256 = (...parts: Uint8Array[]) =>
  createHash('sha256').update(Buffer.concat(parts)).digest()
const node = (left: Buffer, right: Buffer) => sha256(Buffer.of(1), left, right)

function mth(hashes: readonly Buffer[]): Buffer {
  const [first = sha256()] = hashes
  if (hashes.length <= 1) return first
  let split = 1
  while (split * 2 < hashes.length) split *= 2
  return node(mth(hashes.slice(0, split)), mth(hashes.slice(split)))
}

function nameOf(index: number): string {
  const text = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0')
  const groups = text.match(/\d{3}/g) ?? []
  return groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/')
}

async function level(fetch: Fetch, at: number | 'entries', count: number): Promise<Buffer[]> {
  const tiles: Buffer[] = []
  for (let index = 0; index * 256 < count; index += 1) {
    const width = Math.min(256, count - index * 256)
    const path = `tile/${at}/${nameOf(index)}${width === 256 ? '' : `.p/${width}`}`
    const tile = await fetch(path)
    if (tile === null) throw new Error(`${path} is not there`)
    tiles.push(tile)
  }
  return tiles
}

const hashesIn = (tile: Buffer) =>
  Array.from({ length: tile.length / 32 }, (_, at) => tile.subarray(at * 32, at * 32 + 32))

/** Reads the whole log, checks every tile against the one below, and returns its entries. */
async function readLog(fetch: Fetch) {
  const checkpoint = String(await fetch('checkpoint'))
  const [origin = '', decimal = '', root = ''] = checkpoint.split('\n')
  const size = Number(decimal)
  const leaves = (await level(fetch, 0, size)).flatMap(hashesIn)
  expect(leaves).toHaveLength(size)
  expect(mth(leaves).toString('base64')).toBe(root)
  for (let at = 1, below = leaves; below.length >= 256; at += 1) {
    const full = Math.floor(below.length / 256)
    const own = Array.from({ length: full }, (_, n) => mth(below.slice(n * 256, n * 256 + 256)))
    const told = (await level(fetch, at, full)).flatMap(hashesIn)
    expect(told).toEqual(own)
    below = own
  }
  const entries: Buffer[] = []
  for (const bundle of await level(fetch, 'entries', size)) {
    for (let at = 0; at < bundle.length; ) {
      const length = bundle.readUInt16BE(at)
      entries.push(bundle.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
  }
  expect(entries.map((entry) => sha256(Buffer.of(0), entry))).toEqual(leaves)
  return { origin, size, entries }
}

function overHttp(collector: TestCollector): Fetch {
  return async (path) => {
    const response = await collector.app.inject({
      ...{ method: 'GET', url: `/api/v1/ledger/${path}` },
      headers: { host: '127.0.0.1:8460' },
    })
    return response.statusCode === 200 ? response.rawPayload : null
  }
}

const settled = (collector: TestCollector, least: number) =>
  eventually(`a checkpoint of ${least}`, async () => {
    const { body } = await collector.get('/api/v1/ledger')
    const { checkpoint, size, unsequenced } = body
    const still = unsequenced === 0 && checkpoint?.size === size
    return still && size >= least ? Number(size) : undefined
  })

test('a reader that knows the formats alone reads the whole log over HTTP, and from files', async () => {
  const collector = await collectorWithLedger()
  const text = envelope(record(collector.profileSha256))
  expect((await collector.deliver(text)).status).toBe(201)
  await addEntries(collector, 600)
  const size = await settled(collector, 601)
  const log = await readLog(overHttp(collector))
  expect(log.size).toBe(size)
  // The record stands there byte for byte as it was sent.
  expect(log.entries.map(String)).toContain(text)
  const folder = temporaryDirectory()
  const fromFiles: Fetch = async (path) => readFileSync(join(folder, path))
  const first = await exportTiles(collector.store.ledger, folder, () => {})
  expect(first).toMatchObject({ origin: log.origin, size, pruned: 0 })
  expect(await readLog(fromFiles)).toEqual(log)
  // Again: full tiles are left as they are.
  await addEntries(collector, 200, 600)
  await settled(collector, size + 200)
  const second = await exportTiles(collector.store.ledger, folder, () => {})
  expect(second.written).toBeLessThan(first.written + 1)
  expect((await readLog(fromFiles)).size).toBe(second.size)
  expect(readdirSync(join(folder, 'tile', '0')).sort()).toContain('000')
  const other = await collectorWithLedger()
  await settled(other, 1)
  const shorter = exportTiles(other.store.ledger, folder, () => {})
  await expect(shorter).rejects.toThrow(/at most|folder for/)
})

test('tiles stay for ever in caches, the checkpoint does not; what is no tile is not there', async () => {
  const collector = await collectorWithLedger()
  await addEntries(collector, 300)
  const size = await settled(collector, 300)
  const full = await collector.get('/api/v1/ledger/tile/0/000')
  expect(full.headers['cache-control']).toContain('immutable')
  expect(full.headers['content-type']).toBe('application/octet-stream')
  expect((await collector.get('/api/v1/ledger/checkpoint')).headers['cache-control']).toBe(
    'no-cache',
  )
  // A partial tile of any width that a checkpoint may have asked for.
  expect((await collector.get('/api/v1/ledger/tile/0/000.p/7')).status).toBe(200)
  expect((await collector.get('/api/v1/ledger/tile/1/000.p/1')).status).toBe(200)
  const none = [
    ...['0/001', '0/001.p/255', '0/002', '1/000', '0/000.p/256', '0/000.p/0', '0/000.p/01'],
    ...['0/0', '0/x000/001', '0/x000', '0/000/', '0/00a', '9/000', '63/000', 'entries/001'],
    ...['entries/x000/000', `entries/001.p/${size - 256 + 1}`, 'entries/..', '0/999999999999'],
  ]
  for (const path of none) {
    expect((await collector.get(`/api/v1/ledger/tile/${path}`)).status, path).toBe(404)
  }
  const packed = await collector.get('/api/v1/ledger/tile/entries/000', {
    'accept-encoding': 'gzip',
  })
  expect(packed.headers['content-encoding']).toBe('gzip')
})

test('hashes are for every reader and agent, entries for readers of all sites alone', async () => {
  const collector = await collectorWithLedger({ readAccess: 'token' })
  await addEntries(collector, 3)
  const customers = await collector.issue('viewer', 'acme')
  // A token that was just made is known after a moment; a leaf has its place, and is signed, after another.
  await eventually('a tile and what signs it', async () => {
    const [tile, checkpoint] = await Promise.all(
      ['tile/0/000.p/3', 'checkpoint'].map((path) =>
        collector.get(`/api/v1/ledger/${path}`, customers),
      ),
    )
    return tile?.status === 200 && checkpoint?.status === 200 ? true : undefined
  })
  const get = async (path: string, who = {}) =>
    (await collector.get(`/api/v1/ledger/${path}`, who)).status
  for (const who of [collector.viewer, collector.agent, customers]) {
    expect(await get('tile/0/000.p/3', who)).toBe(200)
    expect(await get('checkpoint', who)).toBe(200)
  }
  expect(await get('tile/entries/000.p/3', collector.viewer)).toBe(200)
  expect(await get('tile/entries/000.p/3', customers)).toBe(403)
  expect(await get('tile/entries/000.p/3', collector.agent)).toBe(403)
  expect(await get('tile/entries/000.p/3')).toBe(401)
  expect(await get('tile/0/000.p/3')).toBe(401)
})

test('the names of tiles are those of the specification', () => {
  expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067')
  expect(tilePath({ level: 'entries', index: 0, width: 5 })).toBe('tile/entries/000.p/5')
  for (const index of [0, 1, 999, 1000, 1001, 999_999, 1_000_000, 2 ** 40]) {
    const path = tilePath({ level: 3, index, width: 17 })
    expect(parseTilePath(path.slice('tile/3/'.length))).toEqual({ index, width: 17 })
  }
  // The example of the specification: a tree of 70,000.
  const tiles = [...tilesOf(70_000)]
  expect(tiles.filter(({ level, width }) => level === 0 && width === 256)).toHaveLength(273)
  expect(
    tiles.filter(({ width }) => width < 256).map(({ level, width }) => [level, width]),
  ).toEqual([
    ...[
      [0, 112],
      [1, 17],
      [2, 1],
    ],
  ])
  expect([...tilesOf(256)].map(({ level, width }) => [level, width])).toEqual([
    [0, 256],
    [1, 1],
  ])
})
