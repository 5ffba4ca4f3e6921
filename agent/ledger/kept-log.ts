import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'
import type { Fork } from '../../shared/record/record.ts'

/** Who vouches for the log's key: enrolment handed it over, or it was the first that was shown. */
type Pinned = 'enrolment' | 'first-use'

/** What an agent keeps of its collector's log: ledger.json in its state folder. */
export interface KeptLog {
  readonly format: 'voip-ready/kept-log/1'
  readonly origin: string
  /** Verifier key of the log (C2SP signed-note), pinned for good. */
  readonly vkey: string
  readonly pinned: Pinned
  /** The newest checkpoint that was verified, byte for byte; null: none yet. */
  readonly note: string | null
  /** When it was kept, milliseconds since 1970 by this host's clock. */
  readonly keptMs: number
  /** What is held against the log; null: nothing. */
  readonly fork: Fork | null
  /** The last checkpoint of every earlier log of the same key, oldest first. */
  readonly before: readonly string[]
}

const FILE = 'ledger.json'
/** Folder of the proofs that were found: never cleaned by the agent. */
const PROOFS = 'ledger-proofs'
const MOST_PROOFS = 100
const MOST_BEFORE = 20

/**
 * The kept log of a state folder; null when nothing was kept yet. A file that cannot be read is set
 * aside, never taken for none in silence.
 * @throws Fault CONFIG_VALUE naming where it was put
 */
export function readKept(state: string): KeptLog | null {
  const path = join(state, FILE)
  if (!existsSync(path)) return null
  const kept = parseKept(readFileSync(path, 'utf8'))
  if (kept !== null) return kept
  const aside = `${path}.damaged-${Date.now()}`
  renameSync(path, aside)
  const repair = `it is in ${aside} now; the log is pinned anew as at enrolment`
  throw new Fault('CONFIG_VALUE', path, 'what was kept of the log', 'something else', repair)
}

/** Returns when it is on disk. @throws what the disk throws */
export function writeKept(state: string, kept: KeptLog): void {
  const bounded = { ...kept, before: kept.before.slice(-MOST_BEFORE) }
  writeDurably(state, FILE, `${JSON.stringify(bounded, null, 2)}\n`)
}

/** Both heads as they came, and what the collector gave as proof between them; null: nothing. */
export interface ForkProof extends Fork {
  readonly format: 'voip-ready/fork/1'
  readonly vkey: string
  readonly consistency: readonly string[] | null
}

/** Keeps a proof for good, and says under which name; null when there are too many already. */
export function keepProof(state: string, proof: ForkProof): string | null {
  const folder = join(state, PROOFS)
  makeFolder(folder)
  if (readdirSync(folder).length >= MOST_PROOFS) return null
  const name = `${new Date(proof.noticedMs).toISOString().replace(/[:.]/g, '-')}-${proof.kind}.json`
  writeDurably(folder, name, `${JSON.stringify(proof, null, 2)}\n`)
  return join(folder, name)
}

/** Names of the proofs that were kept, oldest first. */
export function proofsIn(state: string): string[] {
  const folder = join(state, PROOFS)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name))
}

function parseKept(text: string): KeptLog | null {
  try {
    const value = JSON.parse(text) as Partial<KeptLog> | null
    const { format, origin, vkey, pinned, note, keptMs, fork, before } = value ?? {}
    const texts = [origin, vkey].every((one) => typeof one === 'string' && one !== '')
    const known = pinned === 'enrolment' || pinned === 'first-use'
    const rest = note === null || typeof note === 'string'
    const whole = texts && known && rest && Number.isSafeInteger(keptMs) && Array.isArray(before)
    const good = format === 'voip-ready/kept-log/1' && whole && fork !== undefined
    return good ? (value as KeptLog) : null
  } catch {
    return null
  }
}
