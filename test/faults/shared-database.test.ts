import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { openPostgresStore } from '../../server/store/postgres/open.ts'
import { envelope, MINUTE, record, START } from '../server/support/fixtures.ts'
import { PostgresServer } from '../support/postgres.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { addToken, type CollectorProcess, startCollector } from './collector-process.ts'
import { faultTest } from './needs.ts'

const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 1)
const ACKNOWLEDGED = 120
const PATIENCE = { timeout: 240_000, interval: 100 }
const NEEDS = { programs: ['postgres'] }

const servers: PostgresServer[] = []
afterAll(async () => {
  for (const server of servers) await server.remove()
})

faultTest(
  'two collectors on one database: one is killed under load, nothing acknowledged is lost or twice',
  NEEDS,
  async () => {
    const { load, begin } = await prepare()
    const steady = await begin()
    for (let round = 0; round < ROUNDS; round += 1) {
      const victim = await begin()
      load.run([steady, victim])
      await load.more(ACKNOWLEDGED)
      victim.kill('SIGKILL')
      await victim.ended
      await load.more(ACKNOWLEDGED)
      await load.pause()
    }
    const other = await begin()
    load.run([other])
    await load.more(20)
    await load.pause()
    // What came to the one is shown by the other, without a restart.
    const both = () => Promise.all([other, steady].map(newestAt))
    await expect.poll(async () => new Set(await both()).size, PATIENCE).toBe(1)
    expect((await both())[0]).toContain('agent="faulty"')
    await load.check()
  },
  500_000 + ROUNDS * 60_000,
)

faultTest(
  'the database is stopped, and crashes, under load: collectors stay up, nothing acknowledged is lost',
  NEEDS,
  async () => {
    const { load, begin, server } = await prepare()
    const collector = await begin()
    load.run([collector])
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
        await load.more(ACKNOWLEDGED)
        await server.down(signal)
        await server.up()
      }
    }
    await load.more(ACKNOWLEDGED)
    await load.pause()
    await expect
      .poll(async () => (await fetch(`${collector.url}/readyz`)).status, PATIENCE)
      .toBe(200)
    await load.check()
  },
  500_000 + ROUNDS * 100_000,
)

async function prepare() {
  const folder = temporaryDirectory()
  const server = await PostgresServer.start()
  servers.push(server)
  const url = await server.database()
  const { file, tokens } = await addToken(folder)
  // One folder: collectors that share a database share the key of its log.
  const data = join(folder, 'data')
  const begin = () => startCollector(data, tokens, ['--database', url])
  return { server, begin, load: new Load(url, readFileSync(file, 'utf8')) }
}

async function newestAt({ url }: CollectorProcess): Promise<unknown> {
  const answer = await fetch(`${url}/metrics/sites`)
  return /^voipready_agent_last_record_timestamp_seconds\{.*$/m.exec(await answer.text())?.[0]
}

/** Agents that send to whichever collector answers, and keep what is not acknowledged. */
class Load {
  readonly #database: string
  readonly #token: string
  readonly #acknowledged = new Map<string, string>()
  readonly #boot = randomUUID()
  #sequence = 0
  #senders: Promise<void>[] = []
  #running = false

  constructor(database: string, token: string) {
    this.#database = database
    this.#token = token
  }

  run(collectors: readonly CollectorProcess[]): void {
    this.#running = true
    this.#senders = Array.from({ length: 6 }, async (_, first) => {
      for (let turn = first; this.#running; ) {
        this.#sequence += 1
        const sequence = this.#sequence
        const one = { site: 'faulty', agent: 'faulty', boot: this.#boot, sequence }
        const body = envelope(
          record('a'.repeat(64), { ...one, minute: sequence, observations: [] }),
        )
        // Until it is acknowledged; every try may go to another collector, as a balancer would.
        for (let done = false; this.#running && !done; turn += 1) {
          const url = collectors[turn % collectors.length]?.url ?? ''
          const sha256 = await this.#deliver(url, body)
          done = sha256 !== null
          if (sha256 === null) await new Promise((resolve) => setTimeout(resolve, 20))
          else this.#acknowledged.set(`${this.#boot}/${sequence}`, sha256)
        }
      }
    })
  }

  /** Resolves when this many more are acknowledged. */
  async more(count: number): Promise<void> {
    const wanted = this.#acknowledged.size + count
    await expect.poll(() => this.#acknowledged.size, PATIENCE).toBeGreaterThanOrEqual(wanted)
  }

  async pause(): Promise<void> {
    this.#running = false
    await Promise.all(this.#senders)
  }

  /** Holds what was acknowledged against what is stored. */
  async check(): Promise<void> {
    const store = await openPostgresStore(this.#database, Date.now())
    try {
      const rows = await store.between('faulty', START - MINUTE, START + 1e6 * MINUTE, 1_000_000)
      const stored = new Map(rows.map((one) => [`${one.boot}/${one.sequence}`, one.payloadSha256]))
      expect(stored.size, 'none is there twice').toBe(rows.length)
      for (const [place, sha256] of this.#acknowledged)
        expect(stored.get(place), place).toBe(sha256)
      const counted = (await store.boots()).reduce((sum, { records }) => sum + records, 0)
      expect(counted, 'what is counted is what is there').toBe(rows.length)
    } finally {
      await store.close()
    }
  }

  async #deliver(url: string, body: string): Promise<string | null> {
    try {
      const response = await fetch(`${url}/api/v1/records`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#token}` },
        signal: AbortSignal.timeout(15_000),
        body,
      })
      const answer = (await response.json()) as { readonly sha256: string }
      return response.ok ? answer.sha256 : null
    } catch {
      return null
    }
  }
}
