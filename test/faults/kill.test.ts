import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SEED } from '../support/seed.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { addToken, startCollector } from './collector-process.ts'
import { contradictions, readStored } from './evidence.ts'
import { ImpoliteProxy, MANNERS } from './impolite-proxy.ts'
import { killAtRandom } from './kill-at-random.ts'
import { type Kept, RecorderProcess } from './recorder-process.ts'

const AGENT_ROUNDS = 14
const COLLECTOR_ROUNDS = 6

test('agent and collector killed at random instants over a link that loses, repeats and reorders: nothing lost, nothing twice, no sequence reused', {
  timeout: 400_000,
}, async () => {
  const folder = temporaryDirectory()
  const data = join(folder, 'data')
  const { file: tokenFile, tokens } = await addToken(folder)
  const proxy = await ImpoliteProxy.start(SEED, [...MANNERS, 'pass', 'pass', 'pass'])
  const plan = { spool: join(folder, 'spool'), collector: proxy.url, tokenFile, everyMs: 12 }
  const kept: Kept[] = []

  await Promise.all([
    killAtRandom(
      async () => {
        const recorder = new RecorderProcess(plan, kept)
        await Promise.race([recorder.started, recorder.ended])
        return recorder
      },
      { rounds: AGENT_ROUNDS, seed: SEED, lifeMs: [20, 900] },
    ),
    killAtRandom(
      async () => {
        const collector = await startCollector(data, tokens)
        proxy.upstream = collector.url
        return collector
      },
      {
        ...{ rounds: COLLECTOR_ROUNDS, seed: SEED + 1, lifeMs: [200, 1500] },
        afterDeath: () => {
          proxy.upstream = undefined
        },
      },
    ),
  ])
  const collector = await startCollector(data, tokens)
  proxy.upstream = collector.url
  const { refused } = await new RecorderProcess(plan, kept).finish()
  collector.kill('SIGKILL')
  await collector.ended

  const stored = await readStored(data)
  expect(contradictions(kept, stored)).toEqual([])
  expect(refused, 'records refused as conflicts').toBe(0)
  expect(new Set(kept.map(({ boot }) => boot)).size).toBeGreaterThan(AGENT_ROUNDS / 2)
  for (const [manner, count] of Object.entries(proxy.counts)) {
    expect(count, `the proxy never did: ${manner}`).toBeGreaterThan(0)
  }
})
