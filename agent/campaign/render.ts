import type { Certificate } from '../../shared/campaign/certify.ts'
import { notShown } from '../../shared/campaign/measure.ts'
import type { Protocol } from '../../shared/campaign/protocol.ts'
import type { Slot } from '../../shared/campaign/slots.ts'
import {
  FOLLOWED,
  lackText,
  openText,
  requiredText,
  spanText,
} from '../../shared/campaign/words.ts'
import { counted } from '../../shared/counted.ts'
import { utcText } from '../../shared/eligibility/scope.ts'
import { sightingTexts } from '../../shared/eligibility/sightings.ts'
import { renderTable, wrap } from '../cli/table.ts'

const WIDTH = 100
/** A person is shown the measurements that need a look, so many at most; all are in --json. */
const SHOWN = 30

/** A protocol as both parties read it before they agree. */
export function renderProtocol(given: {
  readonly file: string
  readonly sha256: string
  readonly protocol: Protocol
  readonly slots: readonly Slot[]
  readonly nowMs: number
}): string {
  const { file, sha256, protocol, slots, nowMs } = given
  const { measurements, zone, days, calls, codec, profile, busyHours, tolerance } = protocol
  const next = slots.find(({ to }) => to > nowMs)
  const past = slots.filter(({ to }) => to <= nowMs).length
  const lines = [
    `${file}: campaign ${protocol.id} of site ${protocol.site}`,
    `sha256 ${sha256}`,
    `profile ${profile.id} ${profile.sha256}`,
    `${slots.length} measurements of ${measurements.lengthMinutes} min, ${counted(calls, 'call')} ${codec}, to both data centres`,
    `${counted(days.length, 'day')} from ${days[0]}, ${measurements.first} to ${measurements.last} every ${measurements.everyMinutes} min, ${zone}`,
    `first ${utcText(slots[0]?.from ?? 0)}, last ${utcText(slots.at(-1)?.from ?? 0)}`,
    `busy hours ${busyHours.map(({ from, to }) => `${from}-${to}`).join(', ')}`,
    `may miss ${tolerance.missing} measurements, and ${tolerance.unmeasuredSeconds} s of each`,
    ...(protocol.attestations ?? []).map(({ by, says }) => `vouched for by ${by}: ${says}`),
    `${past} are over${next === undefined ? '' : `, the next is ${utcText(next.from)}`}`,
    'An enrolled agent that runs at these times measures them. To show later that the protocol was',
    'fixed beforehand, enter its sha256 in the log before the first one: as the reason of a',
    'maintenance window in the plan, at a time outside the campaign.',
  ]
  return `${lines.flatMap((line) => wrap(line, WIDTH)).join('\n')}\n`
}

const ANSWERS = [
  { title: 'line' },
  { title: 'leg' },
  { title: 'far end' },
  { title: 'answer' },
  { title: 'met', align: 'right' },
  { title: 'not met', align: 'right' },
  { title: 'open', align: 'right' },
] as const

const POINTS = [
  { title: 'asked', wrapTo: 30 },
  { title: 'held' },
  { title: 'found', wrapTo: 30 },
] as const

const HELD = { yes: 'yes', no: 'NO', 'not-shown': 'not shown', claimed: 'a claim' } as const

/** The certificate for a person: what it says, point by point, then the lines, then what lacks. */
export function renderCertificate(
  found: Certificate,
  protocol: Protocol,
  bundle: { readonly file: string; readonly sha256: string; readonly verify: string },
): string {
  const points = found.points.map(({ asked, found: seen, held }) => ({
    cells: [asked, HELD[held], seen],
  }))
  const open = openText(found)
  const lacking = notShown(found.measurements)
  const lines = [
    `Campaign ${found.campaign}, site ${found.site}: ${FOLLOWED[found.followed]}`,
    ...(open === null ? [] : wrap(open, WIDTH)),
    ...wrap(requiredText(found), WIDTH),
    '',
    `protocol sha256 ${found.protocolSha256}`,
    ...wrap(`${bundle.file}, sha256 ${bundle.sha256}`, WIDTH),
    ...wrap(spanText(found, protocol), WIDTH),
    '',
    ...renderTable(POINTS, points, WIDTH),
    '',
    ...answerLines(found),
    '',
    ...sightingTexts(found.seenFrom).flatMap((text) => wrap(text, WIDTH)),
    '',
    ...(lacking.length === 0 ? [] : ['Measurements not shown as agreed:']),
    ...lacking.slice(0, SHOWN).flatMap((one) => wrap(lackText(one, protocol.zone), WIDTH)),
    ...(lacking.length > SHOWN ? [`and ${lacking.length - SHOWN} more, in --json`] : []),
    ...(lacking.length === 0 ? [] : ['']),
    'To verify the bundle without us, by keys that you asked the parties for yourself:',
    ...bundle.verify.split(/ (?=--)/).map((line, at, all) => {
      const more = at < all.length - 1 ? ' \\' : ''
      return `${at === 0 ? '  ' : '    '}${line}${more}`
    }),
  ]
  return `${lines.join('\n')}\n`
}

function answerLines({ answers, followed }: Certificate): string[] {
  const rows = answers.map((one) => ({
    cells: [
      one.required ? one.id : `(${one.id})`,
      ...[
        one.leg === 'none' ? '' : one.leg,
        one.segment ?? (one.farEnd === 'none' ? '' : one.farEnd),
      ],
      ...[one.answer, String(one.met), String(one.notMet), String(one.undetermined)],
    ],
  }))
  if (rows.length === 0) return ['no line was judged']
  const head =
    followed === 'NOT FOLLOWED' ? ['What was measured all the same, and decides nothing:'] : []
  return [...head, ...renderTable(ANSWERS, rows, WIDTH)]
}
