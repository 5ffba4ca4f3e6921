import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LogFollower } from '../../../agent/ledger/log-follower.ts'
import { lastSignedFile } from '../../../server/keys/last-signed.ts'
import { openLogKey } from '../../../server/keys/log-key.ts'
import { fromBase64, toBase64 } from '../../../shared/evidence/octets.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { eventually } from '../../lab/command.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { type TestCollector, testCollector } from '../support/collector.ts'
import { envelope, record } from '../support/fixtures.ts'

async function collectorWithLedger(): Promise<TestCollector> {
  const keyFile = join(temporaryDirectory(), 'log.key')
  return testCollector({
    ledger: {
      ...{ signer: openLogKey(keyFile), last: lastSignedFile(keyFile) },
      ...{ name: 'test', defaultName: 'host', holder: 'one' },
      ...{ checkpointEveryMs: 0, turnEveryMs: 10 },
    },
  })
}

/** An agent's follower that asks this collector. */
function followerOf(collector: TestCollector): LogFollower {
  const silent = { info: () => {}, warn: () => {}, error: () => {} }
  const source = {
    async checkpoint() {
      const { status, text } = await collector.get('/api/v1/ledger/checkpoint')
      return status === 200 ? text : null
    },
    async consistency(from: number, to: number) {
      const url = `/api/v1/ledger/consistency?from=${from}&to=${to}`
      const { status, body } = await collector.get(url)
      return status === 200 ? body.hashes.flatMap((hash: string) => fromBase64(hash) ?? []) : null
    },
    key: async () => String((await collector.get('/api/v1/ledger')).body.vkey),
  }
  const state = temporaryDirectory()
  return new LogFollower({ source, state, pin: null, log: silent, nowMs: () => 1 })
}

const deliver = async (collector: TestCollector, sequence: number, change: Partial<AgentRecord>) =>
  expect(
    (
      await collector.deliver(
        envelope(record(collector.profileSha256, { minute: sequence - 1, sequence, ...change })),
      )
    ).status,
  ).toBe(201)

const conflictsOf = async (collector: TestCollector) =>
  (await collector.get('/api/v1/ledger')).body.conflicts

test('what an agent has verified is in the log; what it cannot have seen there is told loudly', async () => {
  const collector = await collectorWithLedger()
  const follower = followerOf(collector)
  const head = async (least: number) =>
    eventually(`a head of ${least}`, async () => {
      await follower.look()
      const { seen } = follower.word()
      return seen !== undefined && seen.size >= least ? seen : undefined
    })
  const seen = await head(1)
  await deliver(collector, 1, follower.word())
  const counted = async (outcome: string) => {
    const line = `voipready_ledger_seen_heads_total{outcome="${outcome}"} `
    const { text } = await collector.get('/metrics')
    return Number(text.split(line)[1]?.split('\n')[0])
  }
  await eventually('the first head held against the log', async () =>
    (await counted('in_log')) === 1 ? true : undefined,
  )
  expect(await conflictsOf(collector)).toEqual([])
  const cases: [Partial<AgentRecord>, string][] = [
    [{ seen: { ...seen, root: toBase64(new Uint8Array(32)) } }, 'other_root'],
    [{ seen: { ...seen, size: 1_000_000 } }, 'beyond'],
    [{ seen: { ...seen, origin: 'voip-ready-log/elsewhere/0' } }, 'unknown_log'],
    [{ seen, fork: { kind: 'rolled-back', kept: 'k', shown: 's', noticedMs: 1 } }, 'rolled-back'],
  ]
  for (const [at, [change, what]] of cases.entries()) {
    await deliver(collector, 2 + at, change)
    const found = await eventually(what, async () => {
      const [conflict] = await conflictsOf(collector)
      return conflict?.what === what ? conflict : undefined
    })
    expect(found).toMatchObject({ site: 'leeds', agent: 'leeds-1' })
  }
  const { text } = await collector.get('/metrics')
  expect(text).toMatch(/^voipready_ledger_seen_conflicts 1$/m)
  expect(text).toContain('voipready_agent_log_fork{site="leeds",agent="leeds-1"} 1')
  const stranger = await collector.issue('viewer', 'somebody-else')
  // A token that was just made is known after a moment; until then he reads as anybody on this host.
  await eventually('no word to a stranger', async () => {
    const { body } = await collector.get('/api/v1/ledger', stranger)
    return body.conflicts.length === 0 ? true : undefined
  })
  await head(seen.size + 1)
  await deliver(collector, 6, follower.word())
  await eventually('an end of it', async () =>
    (await conflictsOf(collector)).length === 0 ? true : undefined,
  )
})
