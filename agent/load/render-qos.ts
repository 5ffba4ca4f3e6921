import type { QosObservation } from '../../shared/record/qos.ts'
import { dscpName } from '../../shared/verdict/dscp-name.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import { peerText } from '../cli/arguments.ts'
import type { Paint } from '../cli/colour.ts'
import { type Column, type Row, renderTable, wrap } from '../cli/table.ts'
import type { QosRun } from './qos.ts'
import { rateText } from './rates.ts'
import { findingLines } from './render-findings.ts'

const WIDTH = 100

export interface QosPage {
  readonly site: string
  readonly run: QosRun
  readonly judgement: Judgement
}

/** A look under load for a person: every load with what both streams waited, and the findings. */
export function renderQos({ site, run, judgement }: QosPage, paint: Paint): string {
  const lines = [
    `site ${site}: marked voice beside unmarked, under load`,
    ...run.observations.flatMap((seen) => ['', ...lookLines(seen)]),
    '',
    ...findingLines(judgement, paint),
  ]
  return `${lines.join('\n')}\n`
}

function lookLines(seen: QosObservation): string[] {
  const { before, steps, farEnd } = seen
  const { peer, calls, codec, dscp } = before.marked
  const mark = dscpName(dscp)
  const columns: readonly Column[] = [
    { title: 'load each way' },
    { title: `out ${mark}`, align: 'right' },
    { title: 'out best effort', align: 'right' },
    { title: `back ${mark}`, align: 'right' },
    { title: 'back best effort', align: 'right' },
    { title: 'of the load, arrived and came back', wrapTo: 16 },
  ]
  const quiet = rowOf('none', before.above.out, before.above.back, '-')
  const rows = steps.map(({ load, out, back }) => {
    const { scheduled, notSent, reached, returned } = load
    const unsent = notSent === 0 ? '' : `, ${notSent} not sent by this host`
    const share = `${reached} of ${scheduled}, ${returned}${unsent}`
    return rowOf(rateText(load.kbit), out, back, share)
  })
  return [
    `${farEnd} ${peerText(peer)}, ${calls} calls ${codec} marked ${mark}, ${calls} unmarked`,
    ...renderTable(columns, [quiet, ...rows], WIDTH),
    ...wrap(`delay above the fastest packet of the step, 95th percentile; ${endText(seen)}`, WIDTH),
  ]
}

type P95 = number | { readonly p95: number } | null
interface Waited {
  readonly marked: P95
  readonly plain: P95
}

function rowOf(load: string, out: Waited, back: Waited, share: string): Row {
  const waits = [out.marked, out.plain, back.marked, back.plain].map(waitText)
  return { cells: [load, ...waits, share] }
}

function waitText(p95: P95): string {
  if (p95 === null) return '-'
  return `${(typeof p95 === 'number' ? p95 : p95.p95).toFixed(1)} ms`
}

function endText({ ended, why, capKbit, steps }: QosObservation): string {
  return {
    suffered: 'no more was offered, because best effort suffered',
    cap: `all that was allowed was offered (${rateText(capKbit)} with the voice)`,
    'voice-suffered': steps.length === 0 ? `no load was offered: ${why}` : `ended early: ${why}`,
    stopped: 'stopped before its time',
    refused: `the reflector refused more: ${why}`,
    unanswered: 'nobody answered',
  }[ended]
}
