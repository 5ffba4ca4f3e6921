import { askedBy, unjudged, wordOf } from '../evidence/seen-runs.ts'
import type { LookStatement } from '../evidence/verify-looks.ts'
import { type Block, cells, type Section, verdictCell } from './document.ts'
import { TONES } from './head.ts'
import { stamp, type Zone } from './zone.ts'

/** Checks that somebody asked for, each judged anew from its own counts; no section where there are none. */
export function lookSections(looks: readonly LookStatement[], zone?: Zone): readonly Section[] {
  if (looks.length === 0) return []
  const table: Block = {
    kind: 'table',
    caption:
      'Each stands for itself, and decides no quarter hour: the voice of the same minutes does',
    columns: [
      { title: 'Check', share: 30 },
      { title: 'When', share: 24 },
      { title: 'By its own counts', share: 46 },
    ],
    rows: looks.map(({ run, agent, judgement, why, signed }) => {
      const failed = judgement?.findings.filter(({ verdict }) => verdict === 'fail') ?? []
      const failing = [...new Set(failed.map(({ id }) => id))].join(', ')
      const only = run.lines === undefined ? '' : `${run.lines.join(', ')} alone; `
      const said = `${only}${failing === '' ? '' : `${failing} fail; `}${wordOf(run, signed)}`
      return cells(
        { text: `${run.kind} at ${agent}`, below: `${run.id.slice(0, 8)}, ${askedBy(run)}` },
        { text: stamp(run.from, zone), below: `to ${stamp(run.to, zone)}` },
        judgement === null
          ? { text: unjudged(run, why), below: said }
          : { ...verdictCell(TONES[judgement.overall], said), text: judgement.overall },
      )
    }),
  }
  return [{ title: 'Checks that were asked for', blocks: [table] }]
}
