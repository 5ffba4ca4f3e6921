import { loadProfile } from '../../config/load.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import { judge } from '../../shared/verdict/judge.ts'
import type { Truth } from '../lab/truth.ts'
import { CHECKED_LINES, type Worth, worthOf } from './opinion.ts'
import { FAR_ENDS, type Spell } from './plan.ts'
import { TruthLedger, type WindowTruth } from './truth-ledger.ts'

/** One window of one far end held against the truth. */
export interface WindowResult {
  readonly farEnd: string
  readonly fromMs: number
  readonly weather: string
  /** By the router: packets of both legs, and how many of them it lost. */
  readonly sent: number
  readonly lost: number
  readonly counts: 'equal' | 'unequal' | 'at the border'
  readonly worths: Readonly<Record<Worth, number>>
  /** What to look at: unequal counts, verdicts that were wrong or missing. */
  readonly remarks: readonly string[]
  /** Verdicts as `id leg verdict`, to hold the collector's own word against. */
  readonly verdicts: readonly string[]
}

/** A packet this near to a border may have been counted in either window. */
const BORDER_MS = 0.5

/** Judges every window of every record as the collector does, and holds all of it against the truth. */
export async function judgeRecords(
  records: readonly AgentRecord[],
  truth: Truth,
  spells: readonly Spell[],
): Promise<readonly WindowResult[]> {
  const { profile, sha256 } = await loadProfile('pureconnect-rcm')
  const ledgers = new Map(FAR_ENDS.map(({ name, port }) => [name, new TruthLedger(truth, port)]))
  return records.flatMap((record) => {
    const { from, to } = record.window
    const { observations } = record
    const { findings } = judge({ profile, sha256, site: null, observations, from, to })
    return observations.flatMap((seen) => {
      const told = seen.kind === 'stream' ? ledgers.get(seen.farEnd) : undefined
      if (seen.kind !== 'stream' || told === undefined) return []
      const spell = spells.find((one) => one.farEnd === seen.farEnd && one.fromMs === seen.from)
      const window = told.window(seen.from, seen.to)
      const counts = countsOf(seen, window)
      const remarks = counts === 'unequal' ? [unequal(seen, window)] : []
      const worths = { agreed: 0, 'no word': 0, contradicted: 0, missed: 0 }
      const checked = findings.filter(
        ({ id, farEnd }) => CHECKED_LINES.includes(id) && farEnd === seen.farEnd,
      )
      for (const finding of checked) {
        const worth = worthOf(finding, window, spell?.certain ?? [])
        worths[worth] += 1
        if (worth !== 'contradicted' && worth !== 'missed') continue
        const { id, leg, verdict, reason, detail } = finding
        remarks.push(`${id} ${leg} ${verdict} (${reason}: ${detail}) ${worth}`)
      }
      const verdicts = checked.map(({ id, leg, verdict }) => `${id} ${leg} ${verdict}`)
      const weather = spell?.name ?? 'partial'
      const { farEnd, from: fromMs } = seen
      const sent = window.out.sent + window.back.sent
      const lost = window.out.lost + window.back.lost
      return [{ farEnd, fromMs, weather, sent, lost, counts, worths, remarks, verdicts }]
    })
  })
}

function countsOf(seen: StreamObservation, truth: WindowTruth): WindowResult['counts'] {
  const { out, back } = seen.legs
  const equal =
    seen.instrument.sent === truth.out.sent &&
    out.loss.lost === truth.out.lost &&
    back.loss.lost === truth.back.lost &&
    out.loss.unattributed === 0
  if (equal) return 'equal'
  return truth.borderMs < BORDER_MS ? 'at the border' : 'unequal'
}

function unequal(seen: StreamObservation, truth: WindowTruth): string {
  const { out, back } = seen.legs
  const { lost, unattributed } = out.loss
  return (
    `sent ${seen.instrument.sent} of ${truth.out.sent}, ` +
    `lost out ${lost} of ${truth.out.lost}, back ${back.loss.lost} of ${truth.back.lost}, ` +
    `unattributed ${unattributed}, by ${seen.attribution}, gaps ${seen.gaps.map(({ cause }) => cause)}`
  )
}
