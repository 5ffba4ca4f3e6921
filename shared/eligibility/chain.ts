import { isNeighbour } from '../evidence/neighbours.ts'
import { toBase64 } from '../evidence/octets.ts'
import { leftOutText } from '../evidence/unbroken.ts'
import type { SeenCheckpointNote, SeenRecord } from '../evidence/verify-items.ts'
import { keysToGive } from '../evidence/verify-reflectors.ts'
import { formatVkey } from '../evidence/vkey.ts'
import { touching } from '../intervals.ts'
import { shellWord } from '../shell-word.ts'
import type { Chain } from './around-schema.ts'
import type { Evidence } from './evidence.ts'
import { itemsOf } from './method.ts'
import type { Scope } from './scope.ts'

const CHAIN_CODES = [
  'sequence-hole',
  'boot-link',
  'chain-restart',
  'chain',
  'branch',
  'clone',
  'repeated',
  'dropped',
  'fork',
  'not-covered',
  'seen-not-here',
  'record-signature',
  'receipt-time',
  'stream-time',
  'receipt-reused',
  'receipt-elsewhere',
  'verdict-differs',
  'records-gone',
  'silence-unsaid',
  'verdict-rules',
  'backdated-exclusion',
]

/** What the command names: the bundle, and the policy where one decided. */
interface Files {
  readonly bundle: string
  readonly policy: string | null
}

/** First and last link, heads of the log, and how anybody checks all of it again. */
export function chainOf(evidence: Evidence, scope: Scope, files: Files): Chain {
  const { manifest, records, entries, checkpoints } = evidence
  const own = records
    .filter(({ record }) => touching(record.window, scope.span))
    .sort((a, b) => a.record.window.from - b.record.window.from || a.index - b.index)
  const told = records.filter((seen) => !isNeighbour(seen, manifest))
  const trusted = checkpoints.filter((one) => one.trusted)
  const named = trusted.length > 0 ? trusted : checkpoints
  return {
    ...{ origin: manifest.origin, records: told.length, entries: entries.length },
    ...{ first: linkOf(own[0]), last: linkOf(own.at(-1)) },
    checkpoints: {
      ...{ all: checkpoints.length, trusted: trusted.length },
      cosigned: checkpoints.filter(({ cosignedMs }) => cosignedMs !== null).length,
      ...{ first: headOf(named[0]), last: headOf(named.at(-1)) },
    },
    whole: wholeOf(evidence, scope),
    findings: itemsOf(evidence, scope.span, CHAIN_CODES),
    verify: { command: commandOf(evidence, files), ...expected(evidence) },
  }
}

function wholeOf({ unbroken }: Evidence, { quarters }: Scope): Chain['whole'] {
  const whole = quarters.filter((quarter) => unbroken.of(quarter).all)
  const ofReference = (all: Scope['quarters']) => all.filter(({ reference }) => reference).length
  return {
    ...{ quarterHours: whole.length, of: quarters.length },
    ...{ reference: ofReference(whole), ofReference: ofReference(quarters) },
  }
}

/** By whose word no record is left out, in a sentence. */
export function wholeText({ quarterHours, of, reference, ofReference }: Chain['whole']): string {
  return leftOutText(quarterHours, of, ` (${reference} of the ${ofReference} of the reference)`)
}

/** What verifying says, and exits with, when whoever reads this does it again with these keys. */
export function expected({ valid, complete }: Pick<Evidence, 'valid' | 'complete'>) {
  if (!valid) return { exit: 5, says: 'INVALID: this is not what was signed and logged' }
  return complete
    ? { exit: 0, says: 'VERIFIED: what is signed holds under the keys given; nothing is missing' }
    : {
        exit: 2,
        says: 'VERIFIED IN PART: nothing is invalid; voip-ready verify lists what is missing',
      }
}

/** The command that verifies a bundle again under the keys that this was reckoned with. */
export function commandOf(
  { keys: trusted, items }: Pick<Evidence, 'keys' | 'items'>,
  { bundle, policy }: Files,
): string {
  const keys = keysToGive(trusted, items)
  const options = (['agent', 'reflector', 'log', 'witness'] as const).flatMap((role) =>
    keys[role].map((key) => `--${role}-key '${formatVkey(key)}'`),
  )
  const demanded = policy === null ? [] : [`--policy ${shellWord(policy)}`]
  return ['node verify.mjs', shellWord(bundle), ...options, ...demanded].join(' ')
}

function linkOf(seen: SeenRecord | undefined): Chain['first'] {
  if (seen === undefined) return null
  const { agent, boot, sequence, window } = seen.record
  const { from, to } = window
  return { agent, boot, sequence, sha256: seen.payloadSha256, leaf: seen.index, from, to }
}

function headOf(note: SeenCheckpointNote | undefined) {
  return note === undefined ? null : { size: note.size, root: toBase64(note.root) }
}
