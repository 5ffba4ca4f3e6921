import { expect, test } from 'vitest'
import { fleetSpreadSeconds } from '../../../server/routes/fleet-spread.ts'

const fleet = (heard: number, asked: number) => ({
  live: { size: heard },
  heartbeats: { sites: asked },
})

test('a fleet is as large as the sites that were heard or that asked, whichever are more', () => {
  expect(fleetSpreadSeconds(fleet(0, 0))).toBe(0)
  expect(fleetSpreadSeconds(fleet(0, 9000))).toBe(18)
  expect(fleetSpreadSeconds(fleet(9000, 1000))).toBe(18)
})
