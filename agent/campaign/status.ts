import {
  type Book,
  type Entry,
  exitOfTally,
  type Tally,
  tallyOf,
} from '../../shared/campaign/book.ts'
import { due } from '../../shared/campaign/due.ts'
import type { Protocol } from '../../shared/campaign/protocol.ts'
import { type Slot, slotsOf } from '../../shared/campaign/slots.ts'
import { Fault } from '../../shared/errors.ts'
import { shellWord } from '../../shared/shell-word.ts'
import { renderTable, wrap } from '../cli/table.ts'
import { brokenOff } from './conduct.ts'
import { loadProtocol } from './run.ts'
import { missed } from './settle.ts'
import { Shelf } from './shelf.ts'
import { entryText, NO_EVIDENCE, tallyText, timeText } from './voice.ts'

export interface CampaignStatusOptions {
  readonly state: string
  readonly json?: boolean
}

const WIDTH = 100
/** A person is shown the measurements that need a look, so many at most; all are in --json. */
const SHOWN = 30

/**
 * `voip-ready campaign status`: how a campaign stands by its state folder and the clock. Writes
 * nothing. The exit code is that of `campaign run`, had it ended now.
 * @throws Fault CONFIG_*, USAGE where the state is of another protocol, STORE
 */
export async function runCampaignStatus(
  file: string,
  { state, json }: CampaignStatusOptions,
  write: (text: string) => void,
  nowMs: number,
): Promise<number> {
  const { protocol, sha256 } = await loadProtocol(file)
  const shelf = new Shelf(state)
  const book = shelf.read(sha256)
  if (book === null) {
    const repair = `begin with: voip-ready campaign run ${shellWord(file)} --site SITE --state ${shellWord(state)}`
    throw new Fault('USAGE', state, 'the state of a campaign', 'none', repair)
  }
  const { slots } = slotsOf(protocol)
  const { entries, next } = standing(protocol, slots, shelf, book, nowMs)
  const tally = tallyOf(slots, entries)
  const exit = exitOfTally(tally, protocol.tolerance)
  const found = { campaign: protocol.id, protocolSha256: sha256, ...tally, next, exit }
  write(
    json === true
      ? `${JSON.stringify({ ...found, measurements: entries })}\n`
      : render({ protocol, sha256, tally, next, slots, entries }),
  )
  return exit
}

function standing(
  protocol: Protocol,
  slots: readonly Slot[],
  shelf: Shelf,
  book: Book,
  nowMs: number,
): { readonly entries: readonly Entry[]; readonly next: Slot | null } {
  const known = new Map(book.measurements.map((one) => [one.from, shelf.audited(one)]))
  const over = [...known.values()].filter(
    // The last that was begun may be under way this minute.
    ({ state, to }) => state !== 'running' || nowMs < to,
  )
  const settled = new Set(over.map(({ from }) => from))
  const { late, next } = due(slots, settled, protocol.tolerance, nowMs)
  for (const slot of late) {
    const begun = known.get(slot.from)
    const why = begun === undefined ? 'campaign run was not running' : brokenOff(begun)
    known.set(slot.from, missed(slot, why, nowMs))
  }
  return { entries: [...known.values()].sort((a, b) => a.from - b.from), next }
}

const DAYS = [
  { title: 'day' },
  ...(['asked', 'done', 'not as agreed', 'missed', 'to come'] as const).map(
    (title) => ({ title, align: 'right' }) as const,
  ),
  ...(['READY', 'NOT READY', 'CANNOT SAY'] as const).map(
    (title) => ({ title, align: 'right' }) as const,
  ),
]

function render(given: {
  readonly protocol: Protocol
  readonly sha256: string
  readonly tally: Tally
  readonly next: Slot | null
  readonly slots: readonly Slot[]
  readonly entries: readonly Entry[]
}): string {
  const { protocol, sha256, tally, next, slots, entries } = given
  const { id, site, zone } = protocol
  const rows = [...new Set(slots.map(({ day }) => day))].map((day) => {
    const ofDay = (one: { readonly day: string }) => one.day === day
    const { asked, done, outside, missed, open, ready, notReady, cannotSay } = tallyOf(
      slots.filter(ofDay),
      entries.filter(ofDay),
    )
    const counts = [asked, done, outside, missed, open, ready, notReady, cannotSay]
    return { cells: [day, ...counts.map(String)] }
  })
  const lacking = entries.filter(
    ({ state, result }) => state !== 'done' || result?.overall !== 'READY',
  )
  const lines = [
    `Campaign ${id}, site ${site}, days of ${zone}`,
    `protocol sha256 ${sha256}`,
    '',
    ...renderTable(DAYS, rows, WIDTH),
    '',
    tallyText(tally),
    next === null ? 'nothing is left to measure' : `next ${timeText(next, zone)}`,
    '',
    ...lacking.slice(0, SHOWN).map((one) => entryText(one, zone)),
    ...(lacking.length > SHOWN ? [`and ${lacking.length - SHOWN} more, in --json`] : []),
    NO_EVIDENCE,
  ]
  return `${lines.flatMap((line) => (line.length > WIDTH ? wrap(line, WIDTH) : [line])).join('\n')}\n`
}
