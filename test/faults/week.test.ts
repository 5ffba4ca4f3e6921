import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary.ts'
import { addToken, startCollector } from './collector-process.ts'
import { contradictions, readStored } from './evidence.ts'
import { ImpoliteProxy } from './impolite-proxy.ts'
import { type Kept, RecorderProcess } from './recorder-process.ts'

/** Of a week's records one in seven, unless FAULT_RECORDS=10080 asks for all: each costs two fsyncs. */
const RECORDS = Number(process.env.FAULT_RECORDS ?? 1440)
const WEEK_MS = 7 * 24 * 3_600_000
const PATIENCE = { timeout: 300_000, interval: 250 }

test('an agent that was cut off for a week delivers every record of it', {
  timeout: 600_000,
}, async () => {
  const folder = temporaryDirectory()
  const data = join(folder, 'data')
  const { file: tokenFile, tokens } = await addToken(folder)
  const proxy = await ImpoliteProxy.start(1, ['pass'])
  const kept: Kept[] = []
  const simulated = { fromMs: Date.now() - WEEK_MS, stepMs: WEEK_MS / RECORDS, records: RECORDS }
  const plan = {
    spool: join(folder, 'spool'),
    collector: proxy.url,
    tokenFile,
    everyMs: 1,
    simulated,
  }
  const agent = new RecorderProcess(plan, kept)
  await expect.poll(() => kept.length, PATIENCE).toBe(RECORDS)

  const collector = await startCollector(data, tokens)
  const backMs = performance.now()
  proxy.upstream = collector.url
  const { made, refused } = await agent.finish()
  const seconds = ((performance.now() - backMs) / 1000).toFixed(1)
  console.info(`a week of ${made} records delivered in ${seconds} s`)
  collector.kill('SIGKILL')
  await collector.ended
  const stored = await readStored(data)
  expect([made, refused, stored.length]).toEqual([RECORDS, 0, RECORDS])
  expect(contradictions(kept, stored)).toEqual([])
})
