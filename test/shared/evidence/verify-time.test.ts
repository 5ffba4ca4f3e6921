import { expect, test } from 'vitest'
import type { SeenEntry, SeenRecord } from '../../../shared/evidence/verify-items.ts'
import { checkTimes } from '../../../shared/evidence/verify-time.ts'
import type { StreamObservation } from '../../../shared/record/observation.ts'
import { lossOf, MINUTE, START, silent, stream } from '../verdict/scenes.ts'

/** What is found of a minute whose agent had seen a checkpoint from `lateMs` after its end. */
function foundOf(lateMs: number, observation: StreamObservation): string[] {
  const found: string[] = []
  const window = { from: START, to: START + MINUTE }
  const root = new Uint8Array(32)
  const seen = { origin: 'log', size: 1, root: Buffer.from(root).toString('base64') }
  const record = { record: { window, seen }, observations: () => [observation] }
  const entry = { index: 0, entry: { at: window.to + lateMs } }
  checkTimes(
    {
      records: [{ ...record, index: 1, where: 'leeds' } as unknown as SeenRecord],
      entries: [entry as unknown as SeenEntry],
      ...{ checkpoints: [], rootAt: () => root, origin: 'log', span: window },
    },
    (_severity, code) => void found.push(code),
  )
  return found.filter((code) => code !== 'not-covered')
}

const whole = stream()
const lossy = stream({ back: { loss: lossOf(100) } })

test.each([
  ['a minute that was whole, told at once', 2_000, whole, []],
  ['a minute that was whole, told after a checkpoint', 20_000, whole, ['dated-too-early']],
  ['a minute in which the far end was silent throughout', 250_000, silent(3000), []],
  ['a minute in which it fell silent', 250_000, lossy, []],
  ['a minute told later than anybody waits', 280_000, silent(3000), ['dated-too-early']],
])('%s', (_name, lateMs, observation, codes) => {
  expect(foundOf(lateMs, observation)).toEqual(codes)
})
