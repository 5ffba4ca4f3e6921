import { expect } from 'vitest'
import type { Store } from '../../../server/store/store.ts'
import { formatCheckpoint } from '../../../shared/evidence/checkpoint.ts'
import type { Signer } from '../../../shared/evidence/crypto.ts'
import { keyIdOf } from '../../../shared/evidence/dsse.ts'
import { ENTRY_PAYLOAD_TYPE, type EntryBody } from '../../../shared/evidence/entry.ts'
import { leafHash } from '../../../shared/evidence/merkle.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { signNote } from '../../../shared/evidence/note.ts'
import { type AgentRecord, RECORD_PAYLOAD_TYPE } from '../../../shared/record/record.ts'
import { SIGNERS, sealed, sha256hex, signedRecord } from '../../support/evidence-world.ts'
import { type TestCollector, type TestOptions, testCollector } from './collector.ts'
import { MINUTE, row, START } from './fixtures.ts'

/** The log's keeper by hand: one entry, a tick where none is given, and one checkpoint for each call. */
async function openLedger({ ledger }: Store, signer: Signer, number = 0) {
  const publicKey = Buffer.from(signer.publicKey).toString('hex')
  await ledger.openLog({ number, origin: signer.name, signer: publicKey, openedMs: START })
  const name = 'sequencer'
  const epoch = await ledger.takeLease({ name, holder: 'test' }, START, 1e9)
  if (epoch === null) throw new Error('no lease')
  const lease = { name, holder: 'test', epoch }
  const logId = (await ledger.newestLog())?.logId ?? ''
  return async (atMs: number, said: EntryBody = { kind: 'tick', waiting: 0, since: START }) => {
    const { kind } = said
    const site = 'site' in said ? said.site : ''
    const entry = { format: 'voip-ready/entry/1', at: atMs, ...said }
    const body = Buffer.from(sealed(signer, ENTRY_PAYLOAD_TYPE, JSON.stringify(entry)).text)
    const ref = `${kind}/${atMs}`
    const leaf = leafHash(nodeCrypto, body)
    await ledger.addEntries([{ site, ref, kind, about: '', atMs, turn: 9, leaf, body }])
    await ledger.sequence(lease, logId, { untilMs: START + 1e9 })
    const size = (await ledger.logHead(logId))?.range.size ?? 0
    const root = await ledger.root(logId, size)
    const text = formatCheckpoint({ origin: signer.name, size, root })
    const note = signNote(nodeCrypto, text, [signer])
    await ledger.putCheckpoint(lease, { logId, size, note, atMs }, START + 1e9)
    return { origin: signer.name, size, root: Buffer.from(root).toString('base64') }
  }
}

/** When the keys that {@link enrolAgent} puts in force run out: some 115 days after START. */
export const KEY_END = START + 1e10

/** Enrols an agent of leeds, with the agent's key of SIGNERS where no other is named. */
export async function enrolAgent(
  { access }: Store,
  agent = 'leeds-1',
  { publicKey }: Pick<Signer, 'publicKey'> = SIGNERS.agent,
): Promise<void> {
  const [id, secretSha256, nowMs] = [`e-${agent}`, 'a'.repeat(64), START]
  const times = { createdMs: nowMs, expiresMs: KEY_END }
  const token = { id, secretSha256, site: 'leeds', agent, createdBy: 'test', ...times }
  const audit = {
    id: `a-${agent}`,
    atMs: nowMs,
    actor: 'test',
    action: 'enrol',
    site: 'leeds',
    detail: {},
  }
  await access.addEnrolToken(token, null, audit)
  const outcome = await access.enrol({
    ...{ tokenId: id, secretSha256, site: 'leeds', agent, publicKey },
    ...{ keyId: keyIdOf(publicKey, nodeCrypto), nowMs, expiresMs: KEY_END, auditId: `b-${agent}` },
  })
  expect(outcome).toMatchObject({ outcome: 'enrolled' })
}

export interface LoggedCollector extends TestCollector {
  /** Writes an entry into the log, two minutes later. */
  readonly enter: (body: EntryBody) => Promise<void>
}

/**
 * Signed records of the given minutes, delivered and logged one by one beside those of other sites.
 * @param change what is signed instead of a minute's usual record
 * @param more who signs a minute's record, what happens before it, and from which minute on another log is written
 */
export async function filled(
  minutes: number,
  options: TestOptions = {},
  log: Signer = SIGNERS.log,
  change = (usual: AgentRecord, _minute: number): AgentRecord => usual,
  {
    agentAt = (_minute: number): Signer => SIGNERS.agent,
    before = async (_collector: TestCollector, _minute: number): Promise<void> => {},
    recovered = null as { readonly minute: number; readonly log: Signer } | null,
  } = {},
): Promise<LoggedCollector> {
  const collector = await testCollector(options)
  const { store, clock, profileSha256 } = collector
  let keep = await openLedger(store, log)
  await enrolAgent(store)
  let previous: string | null = null
  let seen = await keep(START)
  for (let minute = 0; minute < minutes; minute += 1) {
    clock.nowMs = START + minute * MINUTE + 1500
    await before(collector, minute)
    if (recovered?.minute === minute) {
      keep = await openLedger(store, recovered.log, 1)
      seen = await keep(clock.nowMs)
    }
    clock.nowMs = START + (minute + 1) * MINUTE + 1000
    const usual = signedRecord(profileSha256, minute, previous, seen, SIGNERS.reflector)
    const payload = JSON.stringify(change(usual, minute))
    const { status, text } = await collector.deliver(
      sealed(agentAt(minute), RECORD_PAYLOAD_TYPE, payload).text,
    )
    expect([status, text]).toEqual([201, expect.any(String)])
    previous = sha256hex(Buffer.from(payload))
    const others = Array.from({ length: 5 }, (_, n) =>
      row({
        ...{ site: `site-${n}`, sequence: minute + 1, receivedMs: clock.nowMs },
        leafHash: Uint8Array.from({ length: 32 }, () => n * 16 + minute),
      }),
    )
    await store.append(others)
    seen = await keep(clock.nowMs)
  }
  clock.nowMs = START + (minutes + 20) * MINUTE
  await keep(clock.nowMs)
  await keep(clock.nowMs + MINUTE)
  const enter = async (body: EntryBody) => {
    clock.nowMs += 2 * MINUTE
    await keep(clock.nowMs, body)
    await keep(clock.nowMs + MINUTE)
  }
  return { ...collector, enter }
}
