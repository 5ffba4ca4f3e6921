import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '../../server/store/migrations.ts'
import { openPostgres } from '../../server/store/postgres/database.ts'
import { eventually, requireProgram, runCommand } from '../lab/command.ts'

/** A PostgreSQL of its own for tests, reached by a socket file: no port, no network namespace. */
export class PostgresServer {
  readonly #folder: string
  readonly #as: readonly string[]
  #child: ChildProcess | null = null
  #databases = 0
  #newest: Promise<string> | null = null

  private constructor(folder: string, as: readonly string[]) {
    this.#folder = folder
    this.#as = as
  }

  /** Makes a cluster and starts it. End it with {@link remove}. */
  static async start(): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'voip-ready-postgres-'))
    const server = new PostgresServer(folder, await unprivileged(folder))
    const initdb = [
      ...server.#as,
      requireProgram('initdb'),
      '-D',
      `${folder}/data`,
      '-U',
      'postgres',
    ]
    // A second on a machine that has nothing else to do.
    await runCommand([...initdb, '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C.UTF-8'], {
      timeoutMs: 120_000,
    })
    await server.up()
    return server
  }

  /** URL of a database that is new and empty. */
  async database(): Promise<string> {
    return this.#url(await this.#create('template1'))
  }

  /** URL of a database that is new, of the newest schema, and holds nothing: for what asks no more than that. */
  async migrated(): Promise<string> {
    this.#newest ??= this.#ofNewestSchema()
    return this.#url(await this.#create(await this.#newest))
  }

  async #ofNewestSchema(): Promise<string> {
    const name = await this.#create('template1')
    const open = await openPostgres(this.#url(name))
    await migrate(open.db, open.types, Date.now())
    await open.close()
    return name
  }

  async #create(template: string): Promise<string> {
    this.#databases += 1
    const name = `test_${this.#databases}`
    const client = new pg.Client({ connectionString: this.#url('postgres') })
    await client.connect()
    await client.query(`create database ${name} template ${template}`)
    await client.end()
    return name
  }

  /** Starts it again after {@link down}. */
  async up(): Promise<void> {
    const program = [...this.#as, requireProgram('postgres'), '-D', `${this.#folder}/data`]
    const [command = '', ...args] = program
    const settings = ['-k', this.#folder, '-c', 'listen_addresses=', '-c', 'max_connections=60']
    const child = spawn(command, [...args, ...settings], { stdio: 'ignore' })
    this.#child = child
    await eventually('PostgreSQL accepts connections', async () => {
      if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}`)
      await runCommand([requireProgram('pg_isready'), '-q', '-h', this.#folder])
      return true
    })
  }

  /** Ends it: SIGINT breaks all connections and ends in order, SIGQUIT as a crash does. */
  async down(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  async remove(): Promise<void> {
    await this.down()
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #url(name: string): string {
    return `postgres://postgres@/${name}?host=${encodeURIComponent(this.#folder)}`
  }
}

/** The server refuses to run as root; gives the folder away and says how to run as its owner. */
async function unprivileged(folder: string): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return []
  const known = await runCommand(['id', '-u', 'postgres'], { mayFail: true })
  const user = known.code === 0 ? 'postgres' : 'nobody'
  const uid = Number((await runCommand(['id', '-u', user])).stdout)
  const gid = Number((await runCommand(['id', '-g', user])).stdout)
  chownSync(folder, uid, gid)
  chmodSync(folder, 0o755)
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--']
}
