import { counted } from '../counted.ts'
import { leftOutText } from '../evidence/unbroken.ts'
import type { Examined } from '../evidence/verify.ts'
import type { Item, Severity, TrustedKeys } from '../evidence/verify-items.ts'
import { keysToGive } from '../evidence/verify-reflectors.ts'
import { formatVkey } from '../evidence/vkey.ts'
import { shellWord } from '../shell-word.ts'
import type { Block, Headline } from './document.ts'
import { span } from './zone.ts'

/** A bundle as it was opened and verified for a report. */
export interface Opened {
  /** Name of the file, without its folder. */
  readonly file: string
  /** Of the whole file; empty when it could not be opened. */
  readonly sha256: string
  readonly keys: TrustedKeys
  /** Name of the file of the policy that verifying demanded; left out: none. */
  readonly policy?: string
  /** What verifying gave, or why the file is no bundle. */
  readonly evidence: Examined | { readonly why: string }
}

/**
 * On what the report stands. `invalid`: on nothing. `unproven`: no key was given that proves a record,
 * or the log. `in-part`: nothing is invalid, and something is missing or needs an explanation.
 */
export type Standing = 'invalid' | 'unproven' | 'in-part' | 'verified'

export function standingOf({ evidence, keys }: Opened): Standing {
  if ('why' in evidence || !evidence.found.valid || evidence.parts === null) return 'invalid'
  const { records } = evidence.parts
  const blind = keys.agent.length === 0 || keys.log.length === 0
  if (blind || (records.length > 0 && records.every(({ proven }) => !proven))) return 'unproven'
  return evidence.found.complete ? 'verified' : 'in-part'
}

/** The worse of two. */
export function weaker(a: Standing, b: Standing): Standing {
  const order: readonly Standing[] = ['invalid', 'unproven', 'in-part', 'verified']
  return order.indexOf(a) < order.indexOf(b) ? a : b
}

/** What is invalid, for the first page of a report that has nothing else to say. */
export function invalidHeadline(): Headline {
  return {
    word: 'EVIDENCE INVALID',
    tone: 'fail',
    says: [
      'This file is not what was signed and logged. Nothing in it is shown here, because nothing in it can be relied on.',
      'Ask for the bundle again, from the collector itself or from the other party, and compare its SHA-256.',
    ],
  }
}

/** Why it is invalid, in the words of the verifier: all of it, up to a page. */
export function invalidReasons({ evidence, file }: Opened): Block[] {
  if ('why' in evidence) return [{ kind: 'list', items: [`${file}: ${evidence.why}`] }]
  return itemList(evidence.found.items, 'invalid', 40)
}

/** The sentence below the answer that says on whose word it stands. */
export function standingSentence(standing: Standing): string {
  if (standing === 'verified') {
    return 'Verified: signatures, receipts, log and time bounds hold under the keys given, and every verdict was judged again from the records.'
  }
  if (standing === 'in-part') {
    return 'Verified in part: nothing is invalid; what is missing or needs an explanation is listed under Evidence.'
  }
  return 'NOTHING IS PROVEN: the keys of agent and log were not given, or prove no record here. This is what the file says, on the word of whoever made it.'
}

/** Everything the verifier found besides what holds. */
export function evidenceBlocks({ evidence }: Opened): Block[] {
  if ('why' in evidence) return []
  const { items, intervals } = evidence.found
  const whole = intervals.filter((quarter) => evidence.parts?.unbroken.of(quarter).all === true)
  const leftOut: Block = { kind: 'text', text: `${leftOutText(whole.length, intervals.length)}.` }
  const severities: readonly Severity[] = ['suspicious', 'missing', 'note']
  const lists = severities.flatMap((severity) => itemList(items, severity, 25))
  if (lists.length > 0) return [...lists, leftOut]
  return [{ kind: 'text', text: 'Nothing is missing, and nothing needs an explanation.' }, leftOut]
}

/** Items of one severity; many of one code are told together. */
function itemList(items: readonly Item[], severity: Severity, most: number): Block[] {
  const all = items.filter((item) => item.severity === severity)
  const codes = [...new Set(all.map(({ code }) => code))]
  const said = codes.flatMap((code) => {
    const same = all.filter((item) => item.code === code)
    if (same.length <= 4) return same.map(itemText)
    const [first] = same
    return first === undefined
      ? []
      : [`${counted(same.length, 'time')}: ${itemText(first)}, and the like`]
  })
  if (said.length === 0) return []
  const rest = said.length - most
  const more = rest > 0 ? [`and ${rest} more; voip-ready verify lists all`] : []
  return [{ kind: 'list', items: [...said.slice(0, most), ...more] }]
}

function itemText({ severity, where, what, time }: Item): string {
  const when = time === null ? '' : ` (${span(time.from, time.to)})`
  return `${severity}: ${where}: ${what}${when}`
}

/** How anybody checks this, and what he must see. */
export function verifyBlocks(opened: Opened, standing: Standing): Block[] {
  const { file, sha256, policy, evidence } = opened
  const keys = keysToGive(opened.keys, 'why' in evidence ? [] : evidence.found.items)
  const named = [
    ...keys.agent.map((key) => `--agent-key '${formatVkey(key)}'`),
    ...keys.reflector.map((key) => `--reflector-key '${formatVkey(key)}'`),
    ...keys.log.map((key) => `--log-key '${formatVkey(key)}'`),
    ...keys.witness.map((key) => `--witness-key '${formatVkey(key)}'`),
    ...(policy === undefined ? [] : [`--policy ${shellWord(policy)}`]),
  ]
  const lines = [`voip-ready verify ${shellWord(file)}`, ...named]
  const expected = {
    verified:
      'VERIFIED: what is signed holds under the keys given; nothing is missing (exit code 0)',
    'in-part': 'VERIFIED IN PART, with what is listed above (exit code 2)',
    unproven: 'VERIFIED IN PART: no keys, so nothing is proven (exit code 2)',
    invalid: 'INVALID (exit code 5)',
  }[standing]
  return [
    {
      kind: 'text',
      text: 'The bundle is the evidence; this report is a rendering of it. The verifier needs no network and nothing but the keys: take them from the parties themselves, not from here.',
    },
    { kind: 'command', lines: lines.map((line, at) => (at === 0 ? line : `  ${line}`)) },
    {
      kind: 'pairs',
      pairs: [
        ['Expected', expected],
        ...(sha256 === '' ? [] : [['SHA-256', sha256] as const]),
        ['By hand', `sha256sum ${shellWord(file)}`],
      ],
    },
  ]
}
