import { type Command, Option } from 'commander'
import { EXIT, Fault } from '../../shared/errors.ts'
import { instantGiven } from '../../shared/instant.ts'
import { exportRows } from './export.ts'
import type { RowsNote } from './frame.ts'
import { packetsOf } from './packets.ts'
import { findRows, type KeptRows, readRows } from './read.ts'
import { damagedText, foundText, noteJson, packetsText, utcMs } from './render.ts'

export interface RowsSide {
  readonly side: 'agent' | 'reflector'
  /** Folder of the ring, from the options. */
  readonly folder: (options: Options) => string
  /** The options that say where it is, and whose rows. */
  readonly add: (command: Command) => Command
  readonly example: string
}

export interface Options {
  readonly state?: string
  readonly keys?: string
  readonly from?: string
  readonly to?: string
  readonly at?: string
  readonly session?: string
  readonly key?: string
  readonly farEnd?: string
  readonly check?: boolean
  readonly format?: 'text' | 'json' | 'csv'
  readonly packets?: boolean
  readonly out?: string
  readonly json?: boolean
}

const MINUTE_MS = 60_000

/** Adds `rows list|show|export`, which read the ring while it is written to. */
export function addRowsCommands(
  parent: Command,
  side: RowsSide,
  write: (text: string) => void,
): void {
  const rows = parent
    .command('rows')
    .description('raw rows: every packet of the last days')
    .addHelpText('after', side.example)
  const command = (name: string, says: string) => side.add(rows.command(name).description(says))
  command('list', 'which windows are here, and what is not')
    .option('--from <time>', 'UTC, e.g. 2026-11-23T08:00Z (default: the oldest)')
    .option('--to <time>', 'UTC (default: now)')
    .option('--check', 'read every window and hold it against its digest')
    .action((_: unknown, given: Command) => list(side, given.optsWithGlobals(), write))
  command('show', 'the packets of one window, and its runs of loss')
    .requiredOption('--at <time>', 'UTC; the window that holds it')
    .option('--packets', 'every packet, not only the runs of loss')
    .addOption(
      new Option('--format <form>', 'form').choices(['text', 'json', 'csv']).default('text'),
    )
    .action((_: unknown, given: Command) => show(side, given.optsWithGlobals(), write))
  command('export', 'write the windows of a time as one file (for voip-ready bundle --rows-from)')
    .requiredOption('--from <time>', 'UTC, e.g. 2026-11-23T08:00Z')
    .requiredOption('--to <time>', 'UTC')
    .requiredOption('--out <file>', 'where to write it')
    .action((_: unknown, given: Command) => writeOut(side, given.optsWithGlobals(), write))
}

function list(side: RowsSide, options: Options, write: (text: string) => void): void {
  const { folder, found } = look(side, options)
  const states = found.kept.map((kept) => {
    if (options.check !== true) return null
    const read = readRows(folder, kept)
    return read.ok ? 'intact' : read.error
  })
  if (options.json)
    write(`${JSON.stringify({ ...found, kept: found.kept.map(noteJson), states })}\n`)
  else write(foundText(found, states))
  if (states.some((state) => state !== null && state !== 'intact')) process.exitCode = EXIT.evidence
}

function show(side: RowsSide, options: Options, write: (text: string) => void): void {
  const at = instantGiven('--at', options.at ?? '')
  const around = { from: at - MINUTE_MS, to: at + MINUTE_MS }
  const { folder, found } = look(side, options, around)
  const holding = found.kept.filter(
    ({ note: { from, to } }) => from <= at && at < Math.max(to, from + 1),
  )
  if (holding.length === 0) {
    const why = found.since === null ? 'nothing is kept here' : `kept since ${utcMs(found.since)}`
    throw new Fault('USAGE', '--at', 'a time whose rows are kept', `none at ${utcMs(at)}; ${why}`)
  }
  const format = options.json ? 'json' : (options.format ?? 'text')
  for (const kept of holding) write(shown(folder, kept, format, options.packets === true))
}

function shown(
  folder: string,
  kept: KeptRows,
  format: 'text' | 'json' | 'csv',
  all: boolean,
): string {
  const read = readRows(folder, kept)
  const packets = read.ok ? packetsOf(read.value) : null
  if (packets !== null) return packetsText(kept.note, packets, format, all)
  process.exitCode = EXIT.evidence
  return damagedText(kept.note, read.ok ? 'damaged' : read.error)
}

function writeOut(side: RowsSide, options: Options, write: (text: string) => void): void {
  const { folder, found, span } = look(side, options)
  const out = options.out ?? ''
  const { windows, octets, damaged } = exportRows(folder, found, span, side.side, out)
  const absent = found.absent.reduce((sum, one) => sum + one.windows, 0) + damaged.length
  const facts = { file: out, windows, octets, absent, since: found.since }
  const none = absent === 0 ? '' : `; ${absent} windows of this time are not kept (see rows list)`
  write(
    options.json
      ? `${JSON.stringify(facts)}\n`
      : `${out}: ${windows} windows, ${octets} octets${none}\n`,
  )
  if (windows === 0) process.exitCode = EXIT.fail
}

function look(side: RowsSide, options: Options, around?: { from: number; to: number }) {
  const folder = side.folder(options)
  const span = around ?? {
    from: options.from === undefined ? 0 : instantGiven('--from', options.from),
    to: options.to === undefined ? Date.now() : instantGiven('--to', options.to),
  }
  if (span.from >= span.to)
    throw new Fault('USAGE', '--from', 'a time before --to', utcMs(span.from))
  const found = findRows(folder, span)
  const kept = found.kept.filter(({ note }) => isAsked(note, options))
  return { folder, span, found: { ...found, kept } }
}

function isAsked(note: RowsNote, { session, key, farEnd }: Options): boolean {
  return (
    (session === undefined || note.session === session) &&
    (key === undefined || note.key === key) &&
    (farEnd === undefined || note.farEnd === farEnd)
  )
}
