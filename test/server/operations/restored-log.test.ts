import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { lastSignedFile } from '../../../server/keys/last-signed.ts'
import { openLogKey } from '../../../server/keys/log-key.ts'
import { restoredFile } from '../../../server/keys/restored.ts'
import { type Ledger, openLedger } from '../../../server/ledger/ledger.ts'
import { backUp } from '../../../server/operations/backup.ts'
import { type RestoreOptions, restore } from '../../../server/operations/restore.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import type { Store } from '../../../server/store/store.ts'
import { parseCheckpoint } from '../../../shared/evidence/checkpoint.ts'
import { parseNote } from '../../../shared/evidence/note.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { rows } from '../ledger/contract.ts'
import { MINUTE, START } from '../support/fixtures.ts'

const FIRST = 'voip-ready-log/test/0'
const SECOND = 'voip-ready-log/test/1'

vi.setConfig({ testTimeout: 120_000 })
let gone: Awaited<ReturnType<typeof disaster>>
const folder = mkdtempSync(join(tmpdir(), 'voip-ready-test-'))
beforeAll(async () => {
  gone = await disaster()
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a rollback is not signed over: where the newest checkpoint is not known, another log begins', async () => {
  const { backup, published } = gone
  const { log, ledger, directory } = await comeBack(backup)
  expect(log).toMatchObject({ origin: SECOND, ended: FIRST })
  expect(log.why).toContain('--last-signed')
  await ledger.turn()
  const newest = await told(ledger)
  expect(newest.origin).toBe(SECOND)
  const before = (await ledger.book.allLogs()).find(({ origin }) => origin === FIRST)
  expect(before?.range.size, 'the old log stays as it was').toBeLessThan(published.size)
  expect(lastSignedFile(join(directory, 'keys/log.key')).read()).toContain(SECOND)
})

test('the file beside the key of the collector that was decides: shorter logs end, whole ones go on', async () => {
  const { backup, whole, lastSigned, published } = gone
  const short = await comeBack(backup, { lastSigned })
  expect(short.log).toMatchObject({ origin: SECOND, ended: FIRST })
  expect(short.log.why).toMatch(/one of \d+ was signed/)
  const long = await comeBack(whole, { lastSigned })
  expect(long.log).toMatchObject({ origin: FIRST, ended: null })
  await long.ledger.turn()
  expect((await told(long.ledger)).size, 'signed at once').toBeGreaterThan(published.size)
})

test('a word against what is known is refused, and nothing is restored', async () => {
  const { backup, lastSigned } = gone
  await expect(comeBack(backup, { lastSigned, sameLog: true })).rejects.toThrow(/leave --same-log/)
})

test("the operator's word holds until an agent was shown more: then nothing is signed, after a restart either", async () => {
  const { backup, published } = gone
  const { log, store, ledger, directory, clock } = await comeBack(backup, { sameLog: true })
  expect(log).toMatchObject({ origin: FIRST, ended: null })
  await ledger.turn()
  const before = (await told(ledger)).size
  ledger.hear({ site: 'leeds', agent: 'leeds-1', seen: seenBy(published) })
  clock.nowMs += MINUTE
  await ledger.turn()
  expect(ledger.keeper.fault?.found).toContain(`was shown ${published.size} leaves`)
  expect(ledger.keeper.fault?.repair).toContain('recover --new-origin')
  await ledger.stop()
  await store.close()
  const again = await openAt(directory, clock)
  clock.nowMs += 10 * MINUTE
  await again.ledger.turn()
  expect(again.ledger.keeper.fault?.found).toContain('older than what was published')
  const note = restoredFile(join(directory, 'keys/log.key')).read()
  expect(note?.contradiction?.by).toBe('agent leeds-1 of leeds')
  expect((await told(again.ledger)).size, 'no smaller log was signed').toBe(before)
})

test("the operator's word that nobody contradicts is believed after two minutes' records", async () => {
  const { backup } = gone
  const { ledger, directory, clock } = await comeBack(backup, { sameLog: true })
  await ledger.turn()
  const { size } = await told(ledger)
  clock.nowMs += 2 * MINUTE
  await ledger.turn()
  expect((await told(ledger)).size).toBe(size)
  clock.nowMs += MINUTE
  await ledger.turn()
  expect((await told(ledger)).size).toBeGreaterThan(size)
  expect(restoredFile(join(directory, 'keys/log.key')).read()).toBeNull()
})

test('a backup without the key of its log never signs for it', async () => {
  const { backup } = gone
  const other = join(temporaryDirectory(), 'other.key')
  openLogKey(other)
  const { log } = await comeBack(backup, { logKey: other })
  expect(log).toMatchObject({ origin: SECOND, ended: FIRST })
  expect(log.why).toContain('--log-key')
  await expect(comeBack(backup, { logKey: `${other}.none` })).rejects.toThrow('no such file')
})

/** A collector that is backed up, publishes more, is backed up again when it has stopped, and is gone. */
async function disaster() {
  const [data, backup, whole] = [join(folder, 'data'), join(folder, 'old'), join(folder, 'whole')]
  const { store, ledger, clock } = await open(data)
  await store.append(rows(40))
  await ledger.turn()
  await backUp(copying(data, backup))
  await store.append(rows(300))
  clock.nowMs += MINUTE
  await ledger.turn()
  await ledger.turn()
  const published = await told(ledger)
  await ledger.stop()
  await store.close()
  await backUp(copying(data, whole))
  return { backup, whole, published, lastSigned: join(data, 'keys/log.key.checkpoint') }
}

async function comeBack(from: string, change: Partial<RestoreOptions> = {}) {
  const directory = join(temporaryDirectory(), 'fresh')
  const usual = { logKey: null, lastSigned: null, sameLog: false }
  const given = { from, dataDirectory: directory, nowMs: START, ...usual, ...change }
  const { log } = await restore(given)
  const opened = await openAt(directory, { nowMs: START + 60 * MINUTE }, change.logKey)
  // What agents deliver after it: the log grows.
  await opened.store.append(rows(20, 1000))
  return { log, directory, ...opened }
}

async function openAt(directory: string, clock: { nowMs: number }, logKey?: string | null) {
  const opened = await open(directory, clock, logKey)
  onTestFinished(() => opened.store.close().catch(() => {}))
  return opened
}

async function open(
  directory: string,
  clock = { nowMs: START + 10 * MINUTE },
  logKey: string | null = null,
): Promise<{ store: Store; ledger: Ledger; clock: { nowMs: number } }> {
  const store = await openSqliteStore(directory, clock.nowMs)
  const keyFile = logKey ?? join(directory, 'keys/log.key')
  const files = { last: lastSignedFile(keyFile), restored: restoredFile(keyFile) }
  const ledger = await openLedger(
    {
      ...{ signer: openLogKey(keyFile), ...files, name: null, defaultName: 'test' },
      ...{ holder: `test-${directory}-${clock.nowMs}`, checkpointEveryMs: 30_000 },
    },
    { store, nowMs: () => clock.nowMs, waiting: () => 0, onTrouble: () => {} },
  )
  return { store, ledger, clock }
}

const copying = (dataDirectory: string, to: string) => ({
  ...{ dataDirectory, to, tokenFile: null, tls: null, version: '0', nowMs: START },
})

const seenBy = ({ origin, size, text }: Awaited<ReturnType<typeof told>>) => ({
  ...{ origin, size, root: text },
})

/** The newest checkpoint; `text`: its root in base64, as agents say it. */
async function told(ledger: Ledger) {
  const { checkpoint } = await ledger.state()
  const note = parseNote(checkpoint?.note ?? '')
  const parsed = note.ok ? parseCheckpoint(note.value.text) : null
  if (!parsed?.ok) throw new Error('no checkpoint')
  const { origin, size, root } = parsed.value
  return { origin, size, text: Buffer.from(root).toString('base64') }
}
