import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import * as v from 'valibot'
import { writeDurably } from '../shared/disk/durable.ts'
import { Fault } from '../shared/errors.ts'

const NAME = 'served.json'

const Schema = v.strictObject({
  listen: v.strictObject({ host: v.string(), port: v.number() }),
  url: v.nullable(v.string()),
  tlsCert: v.nullable(v.string()),
  tlsKey: v.nullable(v.string()),
  /** Its records are in a PostgreSQL; which one is nobody's but the operator's. */
  database: v.boolean(),
})

/** How the collector of a data directory was last reached; files by whole paths. */
export type LastServed = v.InferOutput<typeof Schema>

/** Of a URL, which leaves the usual port of its scheme out. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url)
  return Number(port || (protocol === 'https:' ? 443 : 80))
}

/** Notes it, for commands typed beside that collector. @throws what the file system throws */
export function noteServed(directory: string, served: LastServed): void {
  writeDurably(directory, NAME, `${JSON.stringify(served, null, 2)}\n`)
}

function lastServed(directory: string): LastServed | null {
  try {
    const read: unknown = JSON.parse(readFileSync(join(directory, NAME), 'utf8'))
    const { success, output } = v.safeParse(Schema, read)
    return success ? output : null
  } catch {
    // Never served, by an older build, or not ours to read: what is typed counts.
    return null
  }
}

/**
 * Commands that ask the collector, or look at how it is served. Others may copy what these options name, with
 * more rights than who wrote the note.
 */
const ASKING = ['enrol', 'plan', 'run', 'ledger', 'doctor']

function asks(collector: Command, action: Command): boolean {
  const inRoom = action.parent === collector ? action : action.parent
  return ASKING.includes(inRoom?.name() ?? '')
}

/**
 * A hook of `collector`, before each of its commands: gives those that ask `--listen`, `--url`,
 * `--tls-cert` and `--tls-key` as the collector of its data directory got them. Where one was typed all
 * are as typed.
 * @throws Fault USAGE where its records are in a PostgreSQL and none is named
 */
export function recallServed(collector: Command, action: Command): void {
  if (action === collector) return
  const { data, database } = collector.opts<{ data: string; database?: string }>()
  const directory = resolve(data)
  const served = lastServed(directory)
  if (served === null) return
  if (served.database && database === undefined) {
    const wanted = '--database or DATABASE_URL, as its collector got it'
    const repair = `name it; or remove ${NAME} where the SQLite in this directory is meant`
    throw new Fault('USAGE', directory, wanted, 'neither', repair)
  }
  if (!asks(collector, action)) return
  const { database: _, ...reached } = served
  const isTyped = (name: string) =>
    !['default', undefined].includes(collector.getOptionValueSource(name))
  if (Object.keys(reached).some(isTyped)) return
  for (const [name, value] of Object.entries(reached)) {
    if (value !== null) collector.setOptionValueWithSource(name, value, 'config')
  }
}
