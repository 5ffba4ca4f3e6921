import { agentKeyName } from './key-names.ts'
import type { NamedKey } from './named-keys.ts'
import { isNeighbour } from './neighbours.ts'
import { Silences } from './silence.ts'
import { Unbroken } from './unbroken.ts'
import type { Verification } from './verification.ts'
import { checkChains } from './verify-chain.ts'
import { checkEntries } from './verify-entries.ts'
import { checkForks } from './verify-fork.ts'
import {
  type Item,
  NOTHING,
  type Report,
  type SeenCheckpointNote,
  type SeenUnread,
} from './verify-items.ts'
import type { LogReader } from './verify-log.ts'
import { stateLooks } from './verify-looks.ts'
import { checkPolicy, tellWitnesses } from './verify-policy.ts'
import { Reading, type VerifyInput } from './verify-reading.ts'
import { checkSilences, type StatementParts, stateIntervals } from './verify-statement.ts'
import { checkTimes } from './verify-time.ts'
import type { JudgingParts } from './verify-verdicts.ts'

export type { Verification }

/** A verification and what it was made of, for who says more of a bundle than whether it holds. */
export interface Examined {
  readonly found: Verification
  /** Null without a manifest: there is nothing more to say. */
  readonly parts:
    | (Omit<StatementParts, 'items'> &
        JudgingParts & {
          readonly checkpoints: readonly SeenCheckpointNote[]
          /** Entries in words that this build does not know. */
          readonly unread: readonly SeenUnread[]
          /** Reflectors' keys that the site's values here name; they prove something only `byPlan`. */
          readonly named: readonly NamedKey[]
          readonly rootAt: LogReader['rootAt']
        })
    | null
}

/** The verification alone of {@link examineBundle}. */
export async function verifyBundle(input: VerifyInput): Promise<Verification> {
  return (await examineBundle(input)).found
}

/**
 * Verifies the lines of a bundle against keys that the verifying party trusts, and judges every
 * interval anew. Lists all it finds. Pure: what it needs of cryptography is handed in.
 */
export async function examineBundle(input: VerifyInput): Promise<Examined> {
  const items: Item[] = []
  const report: Report = (severity, code, where, what, time = null) => {
    items.push({ severity, code, where, what, time })
  }
  const reading = new Reading(input, report)
  await reading.readAll()
  const { manifest, records, entries, unread, log, anew, retired } = reading
  if (manifest === null) {
    report('invalid', 'no-manifest', 'line 1', 'is not the manifest of a bundle')
    return { found: { ...NOTHING, items }, parts: null }
  }
  const { site, from, to, origin } = manifest
  const { checkpoints } = log
  const rootAt = (size: number) => log.rootAt(size)
  const held = checkHeld(
    { manifest, records, entries, checkpoints, anew, rootAt, retired },
    input,
    report,
  )
  const parts = { manifest, records, entries, anew, ...held }
  const told = records.filter((seen) => !isNeighbour(seen, manifest))
  const found = {
    ...{ site, from, to, origin, items, rows: reading.rows.finish(manifest) },
    ...{ records: told.length, entries: entries.length, checkpoints: checkpoints.length },
    intervals: stateIntervals({ ...parts, items }),
    looks: stateLooks(records, reading.judging, { from, to }),
    valid: !items.some(({ severity }) => severity === 'invalid'),
    complete: items.every(({ severity }) => severity === 'note'),
  }
  const { judging } = reading
  return {
    found,
    parts: { ...parts, checkpoints, unread, rootAt, named: reading.named(), ...judging },
  }
}

/** Agents of a site by the keys that were given, and by what the log says of them. */
function* agentsKnown(
  site: string,
  { agent: keys }: VerifyInput['keys'],
  entries: Read['entries'],
): Generator<string> {
  const ofSite = agentKeyName(site, '')
  for (const { name } of keys) if (name.startsWith(ofSite)) yield name.slice(ofSite.length)
  for (const { entry } of entries) if ('agent' in entry) yield entry.agent
}

type Read = Pick<Reading, 'records' | 'entries' | 'anew' | 'retired'> &
  Pick<StatementParts, 'manifest'> &
  Pick<LogReader, 'checkpoints'> & { readonly rootAt: LogReader['rootAt'] }

/** Holds all that was read against each other, once it was read. */
function checkHeld(
  { manifest, records, entries, checkpoints, anew, rootAt, retired }: Read,
  { tools, keys, policy }: VerifyInput,
  report: Report,
): Pick<StatementParts, 'bounds' | 'unbroken' | 'silences' | 'witnessed'> {
  const { site, from, to, origin } = manifest
  const span = { from, to }
  checkChains(records, span, report)
  checkEntries(entries, report)
  const unbroken = new Unbroken(records, retired, agentsKnown(site, keys, entries))
  const silences = new Silences(entries)
  checkSilences({ manifest, anew, unbroken, silences }, report)
  const bounds = checkTimes({ records, checkpoints, entries, rootAt, origin, span }, report)
  checkForks(records, { tools, logKeys: keys.log, report })
  const witnessed = policy && checkPolicy(policy, { records, checkpoints }, report)
  if (policy === undefined) tellWitnesses(keys.witness, checkpoints, report)
  return { bounds, unbroken, silences, ...(witnessed && { witnessed }) }
}
