import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { trustGiven } from '../../../agent/verify/run.ts'
import { offlineBundle } from '../../../server/bundle/offline.ts'
import { INTERVAL_MS } from '../../../shared/clock.ts'
import { formatVkey } from '../../../shared/evidence/vkey.ts'
import { openForReport } from '../../../shared/opening/opened.ts'
import type { ReportDocument } from '../../../shared/report/document.ts'
import { readinessReport } from '../../../shared/report/readiness.ts'
import type { Opened } from '../../../shared/report/standing.ts'
import type { EnrolledSite } from './enrolled-site.ts'

type Keys = Awaited<ReturnType<typeof keysOf>>

/** The public key of each party of an enrolled site, as its owner says it; while all of them run. */
export async function keysOf({ state, reflector, api }: EnrolledSite) {
  const said = await reflector.running.says(/signs receipts: \S+/)
  return {
    agentKey: [String(JSON.parse(readFileSync(join(state, 'identity.json'), 'utf8')).vkey)],
    reflectorKey: [/signs receipts: (\S+)/.exec(said)?.[1] ?? ''],
    logKey: [String((await api('GET', '/ledger')).body.vkey)],
    witnessKey: [],
  }
}

/**
 * All quarter hours since then, from the data that an ended collector left behind, opened under these keys.
 * The clock is set to the end of the last one: nobody waits for it.
 */
export async function cutAndOpened(folder: string, keys: Keys, fromMs: number): Promise<Opened> {
  const toMs = Math.ceil(Date.now() / INTERVAL_MS) * INTERVAL_MS
  const clock = vi.spyOn(Date, 'now').mockReturnValue(toMs)
  try {
    const from = { dataDirectory: join(folder, 'data'), profile: [], site: 'leeds' }
    const octets = await offlineBundle({ ...from, fromMs, toMs })
    if (octets === null) throw new Error('nothing was logged')
    return await openForReport({ file: 'leeds.bundle', octets }, trustGiven(keys))
  } finally {
    clock.mockRestore()
  }
}

/** What is told of minutes that were mostly the agent's own load: a report with proof, and no pass. */
export async function certifiesNothing(
  { folder }: EnrolledSite,
  keys: Keys,
  asked: {
    readonly fromMs: number
    readonly runs: readonly (readonly [string, string])[]
    /** The id of a check by hand. */
    readonly check: string
  },
): Promise<void> {
  const opened = await cutAndOpened(folder, keys, asked.fromMs)
  if ('why' in opened.evidence) throw new Error(opened.evidence.why)
  const { found, parts } = opened.evidence
  expect(found).toMatchObject({ items: [], valid: true, complete: true })
  // Those of every step and of the load beside every look among them.
  const records = parts?.records ?? []
  expect(records.filter(({ record }) => record.run !== undefined).length).toBeGreaterThan(1)
  expect(records.filter(({ proven }) => !proven)).toEqual([])
  const receipts = records.map((one) => one.receipts)
  expect(receipts.filter(({ claimed, none }) => claimed + none > 0)).toEqual([])
  // What the person at the site was shown is what anybody makes of its counts.
  expect(found.looks).toMatchObject([
    {
      run: { id: asked.check, kind: 'check', by: 'operator', lines: ['VRN-1', 'VRN-5'] },
      ...{ judgement: { overall: 'CANNOT SAY' }, why: '' },
      signed: 'signed by the agent and by reflectors',
    },
  ])
  const report = readinessReport(opened)
  const failed = found.intervals.some(({ failing }) => failing.length > 0)
  expect(report).toMatchObject({
    title: 'Readiness report, not a certificate',
    // A busy host cannot make a network fail; what failed all the same would be told as that.
    headline: { word: failed ? 'NOT READY' : 'CANNOT SAY' },
  })
  expect(report.headline.says[0]).toMatch(/^Of \d+ required lines: 0 pass, /)
  expect(JSON.stringify(report)).not.toMatch(/"tone":"pass"|"READY"|"PASS"/)
  expect(JSON.stringify(report)).toContain('["Site described by","plan 1, dated by the log"]')
  const runs = tableOf(report, 'Runs of load')
  expect(runs.map(([what]) => [what?.text, what?.below?.slice(0, 8)])).toEqual(
    asked.runs.map(([kind, id]) => [kind, id.slice(0, 8)]),
  )
  for (const [, , , seen] of runs) {
    expect(seen?.text).toMatch(/^primary: .*secondary: /)
    expect(seen?.below).toBe('signed by the agent and by reflectors')
  }
  const told = commandOf(report).join(' ')
  expect(told).toContain('voip-ready verify leeds.bundle')
  const { agent, reflector, log } = opened.keys
  for (const key of [...agent, ...reflector, ...log]) expect(told).toContain(formatVkey(key))
}

const blocksOf = ({ sections }: ReportDocument, title: string) =>
  sections.find((one) => one.title === title)?.blocks ?? []

function tableOf(report: ReportDocument, title: string) {
  return blocksOf(report, title).flatMap((block) => (block.kind === 'table' ? block.rows : []))
}

function commandOf(report: ReportDocument): readonly string[] {
  const blocks = blocksOf(report, 'How to verify this')
  return blocks.flatMap((block) => (block.kind === 'command' ? block.lines : []))
}
