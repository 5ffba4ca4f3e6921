import { fileURLToPath } from 'node:url'
import { type Book, exitOfTally, tallyOf } from '../../shared/campaign/book.ts'
import type { Protocol } from '../../shared/campaign/protocol.ts'
import { type Slot, slotsOf } from '../../shared/campaign/slots.ts'
import { lockDirectory } from '../../shared/disk/lock.ts'
import { Fault } from '../../shared/errors.ts'
import { readInput } from '../check/input.ts'
import type { Output } from '../cli/output.ts'
import { linesOfKind } from '../load/settle.ts'
import { VOICE } from '../runs/look.ts'
import { sleep } from '../sleep.ts'
import { type ConductParts, conduct } from './conduct.ts'
import { measureApart } from './measure-apart.ts'
import { loadProtocol } from './run.ts'
import { Shelf } from './shelf.ts'
import { CampaignVoice } from './voice.ts'

export interface CampaignRunOptions {
  readonly site: string
  readonly state: string
  readonly engine: 'auto' | 'linux' | 'dgram'
  readonly json?: boolean
}

const LOCK = { wanted: 'a campaign of its own', repair: 'wait for that run, or stop it' }
/** A check takes a second to begin. */
const LEAST_TOLERANCE_S = 5

/**
 * `voip-ready campaign run`: makes the agreed measurements, each at its time, until the last is over
 * or a signal ends it. Exit: 0 all done and READY, 1 one is NOT READY, 2 incomplete or undecided.
 * @throws Fault CONFIG_*, USAGE where site and protocol do not fit, STORE
 */
export async function runCampaign(
  file: string,
  options: CampaignRunOptions,
  output: Output,
): Promise<number> {
  const { protocol, sha256 } = await loadProtocol(file)
  const lines = await linesFor(file, protocol, options.site)
  const { slots } = slotsOf(protocol)
  const shelf = new Shelf(options.state)
  // Refused before anything is made or locked.
  shelf.read(sha256)
  shelf.create()
  const unlock = lockDirectory(options.state, LOCK)
  const stopping = new AbortController()
  const voice = new CampaignVoice(protocol, slots, output, options.json === true)
  const interrupt = () => stopping.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt)
  if (protocol.tolerance.unmeasuredSeconds < LEAST_TOLERANCE_S) voice.warnOfTolerance()
  const program = fileURLToPath(new URL('../main.js', import.meta.url))
  const order = { program, siteFile: options.site, lines, protocol, engine: options.engine }
  try {
    const book = await conduct({
      ...{ protocol, protocolSha256: sha256, slots, shelf, nowMs: Date.now, sleep },
      ...{ stop: stopping.signal, tell: (event) => voice.tell(event, Date.now()) },
      measure: (durationMs, stop) => measureApart(order, durationMs, stop),
    } satisfies ConductParts)
    return finish(protocol, slots, shelf, book, voice)
  } finally {
    unlock()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt)
  }
}

function finish(
  protocol: Protocol,
  slots: readonly Slot[],
  shelf: Shelf,
  book: Book,
  voice: CampaignVoice,
): number {
  const tally = tallyOf(
    slots,
    book.measurements.map((entry) => shelf.audited(entry)),
  )
  const exit = exitOfTally(tally, protocol.tolerance)
  voice.end(tally, exit)
  return exit
}

/** The lines that voice decides, of a site that fits the protocol. */
async function linesFor(
  file: string,
  protocol: Protocol,
  siteFile: string,
): Promise<readonly string[]> {
  const input = await readInput({ site: siteFile })
  const { site, profile } = input
  const unfit = (wanted: string, found: string) => new Fault('USAGE', siteFile, wanted, found)
  if (site.site !== protocol.site) {
    throw unfit(`site ${protocol.site}, as ${file} says`, site.site)
  }
  if (profile.sha256 !== protocol.profile.sha256) {
    const wanted = `profile ${protocol.profile.id} ${protocol.profile.sha256}, as ${file} says`
    throw unfit(wanted, `${profile.profile.id} ${profile.sha256}`)
  }
  for (const farEnd of ['primary', 'secondary'] as const) {
    if (site.farEnds[farEnd] === undefined) throw unfit('both data centres', `no ${farEnd}`)
  }
  return VOICE.flatMap((kind) => linesOfKind(input, kind))
}
