import { expect, test } from 'vitest'
import { renderVerification } from '../../../agent/verify/render.ts'
import { packBundle } from '../../../server/bundle/pack.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import type { TrustedKeys } from '../../../shared/evidence/verify-items.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { KEYS, worldLines } from '../../support/evidence-world.ts'

const MINUTES = 90

async function told(keys: TrustedKeys, silentFrom = MINUTES) {
  const change = (one: AgentRecord, minute: number) =>
    minute >= silentFrom && minute < silentFrom + 15 ? null : one
  const opened = openBundleFile(packBundle(worldLines({ minutes: MINUTES, change })))
  if (!opened.ok) throw new Error(opened.error)
  const found = await verifyBundle({ lines: opened.value.lines, tools: nodeTools, keys })
  const text = renderVerification(found, 'leeds.bundle', 'f'.repeat(64))
  return { found, lines: text.split('\n') }
}

test('quarter hours of which the same is to be said are said once, and another one breaks the run', async () => {
  const { lines } = await told(KEYS)
  const quarters = lines.filter((line) => /^2026-03-02T/.test(line))
  // At both ends no record stands beside the time: there it is the log's word that none is left out.
  expect(quarters).toEqual([
    expect.stringMatching(/^2026-03-02T10:00 {2}[A-Z]/),
    expect.stringMatching(/^2026-03-02T10:15 to 2026-03-02T11:15, 4 quarter hours, each {2}[A-Z]/),
    expect.stringMatching(/^2026-03-02T11:15 {2}[A-Z]/),
  ])
  const broken = (await told(KEYS, 30)).lines.filter((line) => /^2026-03-02T/.test(line))
  expect(broken.map((line) => line.split('  ')[0])).toEqual([
    '2026-03-02T10:00',
    '2026-03-02T10:15',
    '2026-03-02T10:30',
    '2026-03-02T10:45 to 2026-03-02T11:15, 2 quarter hours, each',
    '2026-03-02T11:15',
  ])
})

test('of one kind of finding ten are shown, and how many more there are', async () => {
  const { found, lines } = await told({ agent: [], reflector: [], log: [], witness: [] })
  expect(found.items.filter(({ code }) => code === 'agent-key')).toHaveLength(MINUTES)
  expect(lines.filter((line) => line.startsWith('missing agent-key: '))).toHaveLength(11)
  expect(lines).toContain('missing agent-key: and 80 more like these; all of them: --json')
  expect(
    lines.filter((line) => /agent-key: leeds-1 boot \w+ record (1|9|10|90):/.test(line)),
  ).toEqual([
    expect.stringContaining(' record 1:'),
    expect.stringContaining(' record 9:'),
    expect.stringContaining(' record 90:'),
  ])
})
