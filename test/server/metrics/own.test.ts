import { expect, test } from 'vitest'
import { Disk } from '../../../server/disk.ts'
import { type OwnMetrics, ownMetrics } from '../../../server/metrics/own.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

test("the ledger's gauges are absent until they were read once, and then as last read", async () => {
  const answers = [null, { size: 7, checkpoint: { atMs: 5000 }, unsequenced: 3 }, null]
  let asked = 0
  // Each of the gauges asks by itself.
  const GAUGES = 3
  const metrics = ownMetrics({
    ...{ version: '0.0.0', waiting: () => 0, sites: () => 0 },
    process: { residentBytes: () => 0, cpuSeconds: () => 0, startSeconds: 0 },
    ledger: {
      state: () => {
        const answer = answers[Math.floor(asked / GAUGES)] ?? null
        asked += 1
        return answer === null ? Promise.reject(new Error('no answer')) : Promise.resolve(answer)
      },
      seen: { conflicts: [], counts: new Map() },
      witnesses: () => [],
    },
  })
  const samples = async () =>
    (await metrics.text()).match(/^voipready_ledger_(size|checkpoint|unsequenced).*$/gm)
  expect(await samples()).toBeNull()
  const read = [
    'voipready_ledger_size 7',
    'voipready_ledger_checkpoint_timestamp_seconds 5',
    'voipready_ledger_unsequenced 3',
  ]
  expect(await samples()).toEqual(read)
  expect(await samples()).toEqual(read)
})

test('what is free on the disk is told beside what is wanted, and nothing where records are kept elsewhere', async () => {
  const own = {
    ...{ version: '0.0.0', waiting: () => 0, sites: () => 0 },
    process: { residentBytes: () => 0, cpuSeconds: () => 0, startSeconds: 0 },
  }
  const samples = async (metrics: OwnMetrics) =>
    (await metrics.text()).match(/^voipready_collector_disk_.*$/gm)
  const disk = new Disk(temporaryDirectory())
  const { freeBytes, wantedBytes } = disk.room()
  expect(freeBytes > wantedBytes).toBe(disk.low() === null)
  const fixed = () => ({ freeBytes, wantedBytes })
  expect(await samples(ownMetrics({ ...own, disk: fixed }))).toEqual([
    `voipready_collector_disk_free_bytes ${freeBytes}`,
    `voipready_collector_disk_wanted_bytes ${wantedBytes}`,
  ])
  expect(await samples(ownMetrics({ ...own, disk: null }))).toBeNull()
})
