import { expect, test } from 'vitest'
import { Heartbeats } from '../../../server/runs/heartbeats.ts'
import type { FarEndName } from '../../../shared/profile/site.ts'

const START = Date.UTC(2026, 2, 2, 6)
const MINUTE = 60_000

function heartbeats() {
  const clock = { nowMs: START }
  const all = new Heartbeats(() => clock.nowMs)
  const say = (agent: string, heard: number | null, silent: Partial<Record<FarEndName, number>>) =>
    all.hear(
      { site: 'leeds', agent },
      {
        heard,
        silent: Object.entries(silent).map(([farEnd, seconds]) => ({
          ...{ farEnd: farEnd as FarEndName, seconds },
        })),
      },
    )
  return { all, clock, say }
}

test('a site whose agents hear nothing is no longer what its newest minute was; never the other way', () => {
  const { all, say } = heartbeats()
  const before = { fromMs: START - 2 * MINUTE }
  const outdates = () => all.outdates('leeds', before)
  expect(outdates(), 'nobody says anything').toBe(false)
  say('leeds-1', null, {})
  expect(outdates(), 'an agent from before').toBe(false)
  say('leeds-1', 1, { primary: 30 })
  expect(outdates(), 'one far end is heard: its records tell').toBe(false)
  say('leeds-1', 0, { primary: 30, secondary: 20 })
  expect(outdates()).toBe(true)
  expect(all.outdates('leeds', { fromMs: START }), 'that minute began later and tells').toBe(false)
  expect(all.outdates('york', before)).toBe(false)
  say('leeds-2', 2, {})
  expect(outdates(), 'another agent hears them').toBe(false)
})

test('a word holds for two minutes', () => {
  const { all, clock, say } = heartbeats()
  say('leeds-1', 0, { primary: 30, secondary: 20 })
  clock.nowMs += 2 * MINUTE
  const silent = [
    { farEnd: 'primary', sinceMs: START - 30_000 },
    { farEnd: 'secondary', sinceMs: START - 20_000 },
  ]
  expect(all.silent()).toMatchObject([{ site: 'leeds', agent: 'leeds-1', silent }])
  expect(all.of('leeds', 'leeds-1')).toMatchObject({ atMs: START, heard: 0 })
  clock.nowMs += 1
  expect([all.silent(), all.of('leeds', 'leeds-1')]).toEqual([[], null])
  expect(all.outdates('leeds', { fromMs: START - 5 * MINUTE })).toBe(false)
})
