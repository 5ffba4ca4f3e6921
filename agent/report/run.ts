import { renameSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { EXIT, Fault } from '../../shared/errors.ts'
import { openForReport } from '../../shared/opening/opened.ts'
import type { ReportDocument } from '../../shared/report/document.ts'
import type { Format } from '../../shared/report/format.ts'
import { renderReport } from '../../shared/report/pdf/render.ts'
import type { Opened } from '../../shared/report/standing.ts'
import { UTC, type Zone, zoneOf } from '../../shared/report/zone.ts'
import { wrap } from '../verify/render.ts'
import { besideThread, readOctets, trustGiven, type VerifyOptions } from '../verify/run.ts'

export interface ReportOptions extends VerifyOptions {
  /** Name of the files without their ending. */
  readonly out: string
  readonly format: readonly Format[]
  /** IANA name; left out: UTC. */
  readonly zone?: string
}

/** A bundle, verified under the keys given. @throws Fault as runVerify does */
export function openFile(file: string, options: VerifyOptions): Promise<Opened> {
  const octets = readOctets(file)
  const policy = options.policy === undefined ? {} : { policy: basename(options.policy) }
  return besideThread(octets, trustGiven(options), (trust) =>
    openForReport({ file: basename(file), octets, ...policy }, trust),
  )
}

/** @throws Fault USAGE when there is no such zone */
export function zoneGiven(name: string | undefined): Zone {
  if (name === undefined) return UTC
  try {
    return zoneOf(name)
  } catch {
    throw new Fault('USAGE', '--zone', 'the name of a time zone, like Europe/London', name)
  }
}

/** Writes the formats asked for, says where, and gives the exit code of what the report says. */
export async function writeReport(
  report: ReportDocument,
  options: ReportOptions,
  print: (text: string) => void,
): Promise<number> {
  const zone = zoneGiven(options.zone)
  const files: string[] = []
  for (const format of options.format) {
    const file = `${options.out}.${format}`
    write(file, await renderReport(report, format, zone))
    files.push(file)
  }
  const exit = exitOf(report)
  const { kind, title, subtitle, headline, bundles } = report
  if (options.json === true) {
    const says = { kind, title, subtitle, word: headline.word, says: headline.says }
    print(`${JSON.stringify({ ...says, files, bundles: bundles.map(nameOf), exit })}\n`)
    return exit
  }
  const lines = [
    `${title}: ${subtitle}`,
    headline.word,
    ...headline.says,
    `written: ${files.join(', ')}`,
  ]
  print(`${lines.flatMap((line) => wrap(line)).join('\n')}\n`)
  return exit
}

const nameOf = ({ file, sha256 }: ReportDocument['bundles'][number]) => ({ file, sha256 })

/** Invalid evidence decides before anything that it says. */
function exitOf({ headline }: ReportDocument): number {
  if (headline.word === 'EVIDENCE INVALID') return EXIT.evidence
  const exits = { pass: EXIT.pass, fail: EXIT.fail, inconclusive: EXIT.inconclusive } as const
  return headline.tone in exits ? exits[headline.tone as keyof typeof exits] : EXIT.inconclusive
}

function write(file: string, octets: Uint8Array): void {
  try {
    // Beside its place first: what stands under the name is never half a report.
    writeFileSync(`${file}.part`, octets)
    renameSync(`${file}.part`, file)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown'
    throw new Fault('STORE', file, 'a file that can be written', why)
  }
}
