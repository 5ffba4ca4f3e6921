import type { ReportOptions } from '../../agent/report/run.ts'
import { trustGiven } from '../../agent/verify/run.ts'
import { packBundle } from '../../server/bundle/pack.ts'
import { formatVkey } from '../../shared/evidence/vkey.ts'
import { openForReport } from '../../shared/opening/opened.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import {
  jitterOf,
  LINES,
  lossOf,
  MINUTE,
  profileWith,
  START,
  stream,
} from '../shared/verdict/scenes.ts'
import { KEYS, type WorldOptions, worldLines } from './evidence-world.ts'

/** A profile whose every line streams answer, so that a site can be READY. */
export const VOICE_PROFILE = profileWith({
  requirements: LINES.filter(({ id }) =>
    ['VRN-3', 'VRN-4', 'VRN-5', 'VRN-6', 'VRN-7'].includes(id),
  ),
})

export const KEYS_GIVEN = {
  agentKey: KEYS.agent.map(formatVkey),
  reflectorKey: KEYS.reflector.map(formatVkey),
  logKey: KEYS.log.map(formatVkey),
  witnessKey: [],
}
export const NO_KEYS = { agentKey: [], reflectorKey: [], logKey: [], witnessKey: [] }

/** The octets of a bundle; quick where minutes are few. `since`: it speaks of the time from this minute on. */
export function bundleOf({
  since = 0,
  ...options
}: WorldOptions & { readonly since?: number }): Uint8Array {
  const lines = worldLines({ profile: VOICE_PROFILE, sparse: true, ...options })
  const from = START + since * MINUTE
  return packBundle(lines.map((line) => (line.kind === 'manifest' ? { ...line, from } : line)))
}

export const opened = (
  name: string,
  octets: Uint8Array,
  keys: typeof KEYS_GIVEN | typeof NO_KEYS = KEYS_GIVEN,
) => openForReport({ file: `${name}.bundle`, octets }, trustGiven(keys))

/** Minutes in which the way back from the secondary jitters beyond the limit. */
export const jittering =
  (from: number, to: number) =>
  (record: AgentRecord, minute: number): AgentRecord => {
    if (minute < from || minute >= to) return record
    const time = { from: START + minute * MINUTE, to: START + (minute + 1) * MINUTE }
    const observations = [
      stream({ farEnd: 'primary', ...time, out: { loss: lossOf(0) } }),
      stream({ farEnd: 'secondary', ...time, back: { jitter: jitterOf(41) } }),
    ]
    return { ...record, observations }
  }

export const reportOptions = (out: string, more: Partial<ReportOptions> = {}): ReportOptions => ({
  ...KEYS_GIVEN,
  ...{ out, format: ['html', 'pdf', 'json'] },
  ...more,
})
