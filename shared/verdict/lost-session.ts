import type { StreamObservation } from '../record/observation.ts'
import type { Ruling } from './ruling.ts'

type Cause = StreamObservation['gaps'][number]['cause']

/** A session that ended in mid-run took the reflector's count with it: losses of before have no leg. */
const COUNT_GONE: {
  readonly [C in Cause]?: Required<Pick<Ruling, 'detail' | 'advice'>>
} = {
  'nat-moved': {
    detail:
      'a NAT moved the stream to another port, and what the reflector had counted went with the old session',
    advice:
      'find what moved the stream: time-outs of a NAT, a second way out, or a device that was started anew; ' +
      'once it stays, the same test tells the leg',
  },
  'reflector-restart': {
    detail: 'the reflector was started anew, and what it had counted went with it',
    advice: 'test again while nobody restarts the reflector: it then tells the leg',
  },
}

/** Why the leg of a loss is not known, where the session ended before its count was asked for; null elsewhere. */
export function countGone({ gaps }: Pick<StreamObservation, 'gaps'>) {
  return gaps.flatMap(({ cause }) => COUNT_GONE[cause] ?? [])[0] ?? null
}
