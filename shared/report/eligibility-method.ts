import { wholeText } from '../eligibility/chain.ts'
import type { Eligibility } from '../eligibility/document.ts'
import { list } from './blocks.ts'
import type { Block } from './document.ts'
import { span, stamp } from './zone.ts'

/** How far clocks and instruments can be trusted, and what people did. */
export function method({ method: seen }: Eligibility): readonly Block[] {
  const { clocks, instrument, times } = seen
  const error =
    clocks.maxErrorMs === null
      ? 'no bound was stated'
      : `largest bound ${clocks.maxErrorMs.toFixed(1)} ms`
  const pairs = [
    [
      'Clocks',
      `${clocks.synchronised} of ${clocks.records} records with a synchronised clock; ${error}; ${clocks.faultyWindows} windows contradict themselves`,
    ],
    [
      'Instrument',
      `${instrument.disturbed} of ${instrument.windows} windows disturbed; longest stall ${instrument.worstStallMs.toFixed(1)} ms`,
    ],
    [
      'Time',
      `${times.bothSides} records bounded on both sides, ${times.oneSide} on one, ${times.neither} on none`,
    ],
    ...seen.tools.map(
      ({ who, version, records, from, to }) =>
        [who, `version ${version}, ${records} records, ${span(from, to)}`] as const,
    ),
    ...seen.keys.map(
      ({ role, key, sha256 }) => [`Key (${role})`, `${key}, SHA-256 ${sha256}`] as const,
    ),
    ...seen.boots.map(
      (one) =>
        [
          `Start of ${one.agent}`,
          `${one.boot}: records ${one.firstSequence}-${one.lastSequence}, ${span(one.from, one.to)}`,
        ] as const,
    ),
  ] as const
  const none = 'No disagreement, no step, no change and no act of an operator was seen.'
  return [{ kind: 'pairs', pairs }, list(eventsOf(seen), none)]
}

function eventsOf({ disagreements, clocks, changes, acts }: Eligibility['method']): string[] {
  return [
    ...disagreements.map(({ where, what }) => `disagreement: ${where}: ${what}`),
    ...clocks.steps.map(({ where, what }) => `clock step: ${where}: ${what}`),
    ...changes.map(({ at, what }) => `${stamp(at)}: ${what}`),
    ...acts.map(({ at, by, what }) => `${stamp(at)}: ${what}${by === null ? '' : ` (by ${by})`}`),
  ]
}

/** From the first record to the last, and who signed the log. */
export function chain({ chain: found, evidence }: Eligibility): readonly Block[] {
  const { checkpoints, first, last } = found
  const link = (one: typeof first) =>
    one === null
      ? 'none'
      : `${one.agent} record ${one.sequence}, leaf ${one.leaf}, ${span(one.from, one.to)}, SHA-256 ${one.sha256}`
  const pairs = [
    [
      'Evidence',
      `${evidence.says} (${evidence.invalid} invalid, ${evidence.suspicious} suspicious, ${evidence.missing} missing)`,
    ],
    ['Log', `${found.origin}: ${found.records} records, ${found.entries} entries`],
    ['First record', link(first)],
    ['Last record', link(last)],
    [
      'Checkpoints',
      `${checkpoints.all}, ${checkpoints.trusted} by a trusted key, ${checkpoints.cosigned} cosigned`,
    ],
    ['Left out', wholeText(found.whole)],
  ] as const
  const items = found.findings.map(({ severity, where, what }) => `${severity}: ${where}: ${what}`)
  return [
    { kind: 'pairs', pairs },
    list(items, 'The chain has no hole and contradicts itself nowhere.'),
  ]
}

/** The command, and what it must say. */
export function verify({ chain: { verify: how }, evidence }: Eligibility): readonly Block[] {
  return [
    {
      kind: 'text',
      text: 'The bundle is the evidence; this report is a rendering of what was reckoned from it.',
    },
    {
      kind: 'command',
      lines: how.command.split(/ (?=--)/).map((line, at) => (at === 0 ? line : `  ${line}`)),
    },
    {
      kind: 'pairs',
      pairs: [
        ['Expected', `${how.says} (exit code ${how.exit})`],
        ['Bundle SHA-256', evidence.bundle.sha256],
      ],
    },
  ]
}
