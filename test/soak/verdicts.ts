import { loadProfile } from '../../config/load.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import type { Finding } from '../../shared/verdict/finding.ts'
import { judge } from '../../shared/verdict/judge.ts'
import type { Truth } from '../lab/truth.ts'
import { CHECKED_LINES, type Worth, worthOf } from './opinion.ts'
import { type Certain, FAR_ENDS, type Spell } from './plan.ts'
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
  return records.flatMap(({ observations, window: { from, to } }) => {
    const { findings } = judge({ profile, sha256, site: null, observations, from, to })
    const streams = observations.filter((seen) => seen.kind === 'stream')
    return streams.flatMap((seen) => {
      const spell = spells.find((one) => one.farEnd === seen.farEnd && one.fromMs === seen.from)
      const told = ledgers.get(seen.farEnd)?.window(seen.from, seen.to)
      const checked = findings.filter(
        ({ id, farEnd }) => CHECKED_LINES.includes(id) && farEnd === seen.farEnd,
      )
      return told === undefined ? [] : [resultOf(seen, checked, told, spell)]
    })
  })
}

function resultOf(
  seen: StreamObservation,
  findings: readonly Finding[],
  truth: WindowTruth,
  spell: Spell | undefined,
): WindowResult {
  const counts = countsOf(seen, truth)
  const certain = spell?.certain ?? []
  const remarks = counts === 'unequal' ? [unequal(seen, truth)] : []
  const worths = { agreed: 0, 'no word': 0, contradicted: 0, missed: 0 }
  for (const finding of findings) {
    const worth = worthOf(finding, truth, certain)
    worths[worth] += 1
    if (worth === 'agreed' || worth === 'no word') continue
    const { id, leg, verdict, reason, detail } = finding
    remarks.push(`${id} ${leg} ${verdict} (${reason}: ${detail}) ${worth}`)
  }
  for (const { id, leg, verdict } of absent(certain, findings)) {
    worths.missed += 1
    remarks.push(`${id} ${leg}: no such finding, and no ${verdict}`)
  }
  return {
    ...{ farEnd: seen.farEnd, fromMs: seen.from, weather: spell?.name ?? 'partial' },
    sent: truth.out.sent + truth.back.sent,
    lost: truth.out.lost + truth.back.lost,
    ...{ counts, worths, remarks },
    verdicts: findings.map(({ id, leg, verdict }) => `${id} ${leg} ${verdict}`),
  }
}

/** What had to be decided and has no finding at all; a leg may be told where either was wanted. */
function absent(certain: readonly Certain[], findings: readonly Finding[]): readonly Certain[] {
  return certain.filter(
    (wanted) =>
      !findings.some(
        ({ id, leg, verdict }) =>
          id === wanted.id && (leg === wanted.leg || verdict === wanted.verdict),
      ),
  )
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
