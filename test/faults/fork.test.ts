import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ForkProof, KeptLog } from '../../agent/ledger/kept-log.ts'
import { bundleLines } from '../../server/bundle/collect.ts'
import { packStream } from '../../server/bundle/pack.ts'
import { parseStored } from '../../server/ingest/parse.ts'
import { openStore } from '../../server/store/open.ts'
import { openCheckpoint } from '../../shared/evidence/checkpoint.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { parseVkey } from '../../shared/evidence/vkey.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import { freePort } from '../support/free-port.ts'
import { run, start } from '../support/program.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { collecting, enrol, eventually, json, signed, siteFile } from './log-processes.ts'
import { faultTest } from './needs.ts'

const HOUR_MS = 3_600_000

/**
 * A provider who wants an hour gone: he copies his collector's whole folder away, key and all, lets
 * one customer's agent see the log grow, and then starts the copy in its place. Nothing of his own
 * stops him, for the file beside the key was copied too. The first agent does.
 */
faultTest(
  'a collector started from an old copy of everything: the agent that saw more raises the alarm, and its proof stands',
  {},
  async () => {
    const world = await begin()
    const before = await world.ledger()
    await world.stop()
    cpSync(world.data, world.copy, { recursive: true })
    // The honest log grows beyond the copy, is signed, and agent one sees that.
    await world.collect(world.data)
    await eventually('the log to grow', async () => {
      const { size, unsequenced } = await world.ledger()
      return unsequenced === 0 && size > before.size
    })
    await world.stop()
    await world.collect(world.data)
    const seen = await world.live('one', /is followed/)
    expect(seen.log).not.toContain('rewritten')
    expect(await world.kept('one')).toMatchObject({ exit: 0, kept: { fork: null } })
    await world.stop()

    // Now the copy stands at the same address. Agent two, which saw nothing yet, follows it in good faith.
    await world.collect(world.copy)
    await world.live('two', /is followed/)
    expect(await world.kept('two')).toMatchObject({ exit: 0, kept: { fork: null } })
    const alarmed = await world.live('one', /both signed heads are kept as proof/)
    expect(alarmed.log).toMatch(/error/i)

    // It is kept on disk, shown, and stands in the next record.
    const { exit, kept, proofs, text } = await world.kept('one')
    expect(exit).toBe(1)
    expect(text).toContain(kept.fork?.kept.trim())
    const proof = JSON.parse(readFileSync(proofs[0] ?? '', 'utf8')) as ForkProof
    const key = parseVkey(nodeCrypto, kept.vkey)
    if (!key.ok) throw new Error(key.error)
    for (const note of [proof.kept, proof.shown]) {
      expect(openCheckpoint(nodeCrypto, note, [key.value]).ok).toBe(true)
    }
    await world.stop()
    const records = [...(await world.arrived('one')), ...world.waiting('one')]
    // Of one minute there may be records of several lives: which of them is newest, times do not tell.
    const telling = records.filter(({ fork }) => fork !== undefined)
    expect(telling.length).toBeGreaterThan(0)
    for (const { fork } of telling)
      expect(fork).toMatchObject({ kept: proof.kept, shown: proof.shown })

    // The honest log verifies; the other holds agent one's record, which names what it cannot be.
    const files = [await world.bundle(world.data), await world.bundle(world.copy)]
    const keys = ['--log-key', kept.vkey]
    const wrong = files.map(async (file) => {
      const { items } = JSON.parse((await run(['--json', 'verify', file, ...keys])).out) as Found
      return items.filter(({ severity }) => severity === 'invalid').map(({ code }) => code)
    })
    expect(await wrong[0]).toEqual([])
    expect(await wrong[1]).toContain('fork')
    const compared = await run(['compare', ...files, ...keys])
    expect(compared.out).toContain('FORK: the log was shown in two versions, and this proves it')
    expect(compared.code).toBe(5)
  },
  400_000,
)

async function begin() {
  const folder = temporaryDirectory()
  const data = join(folder, 'data')
  const copy = join(folder, 'copy')
  const listen = `127.0.0.1:${await freePort()}`
  const collect = (from: string) =>
    collecting(['--data', from, '--listen', listen, '--name', 'test'])
  let collector = await collect(data)
  for (const agent of ['one', 'two']) await enrol(data, join(folder, agent), collector.url, agent)
  const site = await siteFile(folder)
  await signed(collector.url)
  const state = (agent: string) => join(folder, agent)
  return {
    ...{ data, copy },
    ledger: () => json(`${collector.url}/api/v1/ledger`),
    collect: async (from: string) => {
      collector = await collect(from)
    },
    stop: async () => {
      collector.child.kill('SIGTERM')
      expect((await collector.ended).code).toBe(0)
    },
    live: (agent: string, until: RegExp) => live(site, state(agent), until),
    kept: async (agent: string) => {
      const shown = await run(['agent', 'ledger', '--state', state(agent), '--json'])
      const text = (await run(['agent', 'ledger', '--state', state(agent)])).out
      const { kept, proofs } = JSON.parse(shown.out) as Kept
      return { exit: shown.code, kept, proofs, text }
    },
    /** What came from an agent to the collector that was started from the copy. */
    arrived: (agent: string) => arrived(copy, agent),
    waiting: (agent: string) => waiting(join(state(agent), 'spool', 'pending')),
    bundle: (from: string) => bundle(from, join(folder, `${from === data ? 'a' : 'b'}.bundle`)),
  }
}

interface Kept {
  readonly kept: KeptLog
  readonly proofs: readonly string[]
}

interface Found {
  readonly items: readonly { readonly severity: string; readonly code: string }[]
}

/** An agent's life: until it has said this of the log, and has something to record. */
async function live(site: string, state: string, until: RegExp): Promise<{ readonly log: string }> {
  const args = ['agent', '--site', site, '--state', state, '--checks', 'off', '--engine', 'dgram']
  const agent = start(args)
  await agent.says(/answers/)
  await agent.says(until)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  agent.child.kill('SIGTERM')
  const { code, out, err } = await agent.ended
  expect(code).toBe(0)
  return { log: out + err }
}

async function arrived(data: string, agent: string): Promise<AgentRecord[]> {
  const store = await openStore({ dataDirectory: data, database: null }, Date.now())
  try {
    const rows = await store.between('faulty', 0, Date.now() + HOUR_MS, 100)
    return rows.filter((one) => one.agent === agent).map((one) => parseStored(one))
  } finally {
    await store.close()
  }
}

/** The records that wait in an agent's spool, oldest first. */
function waiting(folder: string): AgentRecord[] {
  return readdirSync(folder)
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as { payload: string })
    .map(({ payload }) => JSON.parse(Buffer.from(payload, 'base64').toString()) as AgentRecord)
}

/** The hour that is not over yet, as a bundle: by the collector's own lines. */
async function bundle(data: string, file: string): Promise<string> {
  const store = await openStore({ dataDirectory: data, database: null }, Date.now())
  try {
    const fromMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS
    const judging = { past: async () => ({ judged: { judgement: null } }) } as never
    const cut = await bundleLines(
      {
        ...{ store, judging, profile: () => null, sites: { site: () => null } },
        ...{ version: '0', policy: null },
      },
      { site: 'faulty', fromMs, toMs: fromMs + 2 * HOUR_MS },
    )
    if (cut === null) throw new Error('no log')
    writeFileSync(file, await packStream(cut.lines))
    return file
  } finally {
    await store.close()
  }
}
