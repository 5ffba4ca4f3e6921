import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary.ts'
import { addToken, startCollector } from './collector-process.ts'
import { contradictions, readStored } from './evidence.ts'
import { ImpoliteProxy } from './impolite-proxy.ts'
import { type Kept, RecorderProcess } from './recorder-process.ts'

/** A week of a record a minute. */
const MINUTES = 7 * 24 * 60
const PATIENCE = { timeout: 300_000, interval: 250 }

test('an agent that was cut off for a week delivers every minute of it', {
  timeout: 600_000,
}, async () => {
  const folder = temporaryDirectory()
  const data = join(folder, 'data')
  const { file: tokenFile, tokens } = await addToken(folder)
  const proxy = await ImpoliteProxy.start(1, ['pass'])
  const kept: Kept[] = []
  const simulated = { fromMs: Date.now() - MINUTES * 60_000, minutes: MINUTES }
  const plan = {
    spool: join(folder, 'spool'),
    collector: proxy.url,
    tokenFile,
    everyMs: 1,
    simulated,
  }
  const agent = new RecorderProcess(plan, kept)
  await expect.poll(() => kept.length, PATIENCE).toBe(MINUTES)

  const collector = await startCollector(data, tokens)
  const backMs = performance.now()
  proxy.upstream = collector.url
  const { made, refused } = await agent.finish()
  const seconds = ((performance.now() - backMs) / 1000).toFixed(1)
  console.info(`a week of ${made} records delivered in ${seconds} s`)
  collector.kill('SIGKILL')
  await collector.ended
  const stored = await readStored(data)
  expect([made, refused, stored.length]).toEqual([MINUTES, 0, MINUTES])
  expect(contradictions(kept, stored)).toEqual([])
})
