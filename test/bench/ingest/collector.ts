import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { loadProfile } from '../../../config/load.ts'
import { openPostgresStore } from '../../../server/store/postgres/open.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import type { Store } from '../../../server/store/store.ts'
import { saying, start, stop, usageOf } from '../processes.ts'
import { command } from '../product.ts'
import { agentOf } from './fleet.ts'

/** A program that takes records over HTTP, watched from outside. */
export interface Served {
  readonly url: string
  readonly pid: number
  readonly profileSha256: string
  /** Records that wait for their place in the ledger. */
  readonly unsequenced: () => Promise<number>
  /** What it has on disk beside its ballast; NaN where a database of its own keeps it. */
  readonly octetsOnDisk: () => number
  readonly end: () => Promise<void>
}

const ENROLLING = 50

/** The built collector as a process of its own, which knows the keys of so many agents. */
export async function startCollector(agents: number, database: string | null): Promise<Served> {
  const { sha256 } = await loadProfile('pureconnect-rcm')
  const directory = mkdtempSync(join(tmpdir(), 'voip-ready-bench-'))
  const store = await (database === null
    ? openSqliteStore(directory, Date.now())
    : openPostgresStore(database, Date.now()))
  await enrolAll(store, agents)
  await store.close()
  const data = ['--data', directory, ...(database === null ? [] : ['--database', database])]
  const listen = ['--listen', '127.0.0.1:0', ...data]
  const child = start(command('--json', 'collector', ...listen))
  const url = await sayingUrl(child)
  return {
    ...{ url, pid: child.pid ?? 0, profileSha256: sha256 },
    unsequenced: async () => {
      const text = await (await fetch(`${url}/metrics/collector`)).text()
      return Number(/^voipready_ledger_unsequenced\S* (\d+)/m.exec(text)?.[1] ?? Number.NaN)
    },
    octetsOnDisk: () => (database === null ? octetsIn(directory) : Number.NaN),
    end: async () => {
      await stop(child)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The address that a program says it listens at. */
export async function sayingUrl(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', (part: Buffer) => {
    text += part.toString()
  })
  child.stderr?.on('data', (part: Buffer) => {
    text += part.toString()
  })
  await saying(child, /"url":"[^"]+"|listening at \S+/)
  return /"url":"([^"]+)"|listening at (\S+)/.exec(text)?.slice(1).find(Boolean) ?? ''
}

/** The bare server of peer.ts. */
export async function startPeer(agents: number): Promise<Served> {
  const { sha256 } = await loadProfile('pureconnect-rcm')
  const directory = mkdtempSync(join(tmpdir(), 'voip-ready-bench-'))
  const file = fileURLToPath(new URL('./peer.js', import.meta.url))
  const child = start([process.execPath, file, directory, String(agents)])
  const url = await sayingUrl(child)
  return {
    ...{ url, pid: child.pid ?? 0, profileSha256: sha256, unsequenced: async () => 0 },
    octetsOnDisk: () => octetsIn(directory),
    end: async () => {
      await stop(child)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function octetsIn(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && one.name !== 'ballast')
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

/** As an operator would: a one-time token for each, used with the agent's key. */
export async function enrolAll(store: Store, agents: number): Promise<void> {
  for (let from = 0; from < agents; from += ENROLLING) {
    const some = Array.from({ length: Math.min(ENROLLING, agents - from) }, (_, n) => from + n)
    await Promise.all(some.map((n) => enrolOne(store, n)))
  }
}

async function enrolOne({ access }: Store, n: number): Promise<void> {
  const { site, agent, keyId, publicKey } = agentOf(n)
  const [nowMs, expiresMs] = [Date.now(), Date.now() + 86_400_000]
  const id = n.toString(16).padStart(16, '0')
  const secret = { id, secretSha256: '0'.repeat(64) }
  const audit = { atMs: nowMs, actor: 'console:bench', site, detail: {} }
  const made = { site, agent, createdBy: 'bench', createdMs: nowMs, expiresMs }
  const token = { ...audit, id: `token-${n}`, action: 'enrol.create' }
  await access.addEnrolToken({ ...secret, ...made }, null, token)
  await access.enrol({
    ...{ tokenId: id, secretSha256: secret.secretSha256, site, agent, keyId, publicKey },
    ...{ nowMs, expiresMs, auditId: `enrol-${n}` },
  })
}

/** Largest memory and all CPU time of a process while something is done with it. */
export async function watched<T>(pid: number, done: Promise<T>) {
  const before = usageOf(pid)
  let [rssMb, ended] = [0, false]
  const look = async () => {
    while (!ended) {
      rssMb = Math.max(rssMb, usageOf(pid)?.rssMb ?? 0)
      await setTimeout(100)
    }
  }
  const looking = look()
  const value = await done.finally(() => {
    ended = true
  })
  await looking
  const cpuSeconds = (usageOf(pid)?.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0)
  return { value, rssMb, cpuSeconds }
}

/** The load's process, and a way to ask it. */
export function startLoad() {
  return startAside(new URL('./load.js', import.meta.url))
}

/** A process of a bench's own that answers one message at a time. */
export function startAside(file: URL) {
  const child = fork(fileURLToPath(file))
  const ask = <T>(message: object): Promise<T> =>
    new Promise((resolve, reject) => {
      const gone = (code: number | null) => reject(new Error(`the load ended with ${code}`))
      child.once('exit', gone)
      child.once('message', (found) => {
        child.off('exit', gone)
        resolve(found as T)
      })
      child.send(message)
    })
  return { ask, end: () => stop(child) }
}
