import { expect, test } from 'vitest'
import { loadProfile } from '../../../config/load.ts'
import { glanceOf } from '../../../server/ingest/glance.ts'
import { LiveSites } from '../../../server/ingest/live.ts'
import { parseEnvelope } from '../../../server/ingest/parse.ts'
import { JudgeAhead } from '../../../server/judging/ahead.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import { eventually } from '../../lab/command.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { testCollector } from '../support/collector.ts'
import { envelope, MINUTE, record, START } from '../support/fixtures.ts'

const parsed = (site: string, sha256: string, minute = 0) => {
  const text = envelope(record(sha256, { site, agent: `${site}-1`, minute }))
  const found = parseEnvelope(Buffer.from(text), START + (minute + 1) * MINUTE)
  if (!found.ok) throw new Error(found.error.where)
  return found.value
}

test('all sites are judged once asked for, later only those that changed, and none when nobody looks', async () => {
  const live = new LiveSites()
  const take = (site: string, minute: number) => {
    const { row, record: seen } = parsed(site, 'a'.repeat(64), minute)
    live.accept(row, glanceOf(seen))
  }
  for (const site of ['a', 'b', 'c']) take(site, 0)
  const judged: string[] = []
  const versions = new Map<string, number>()
  const clock = { ms: 0 }
  const ahead = new JudgeAhead({
    live,
    judging: {
      known: ({ newest, version }) => (versions.get(newest.site) === version ? 'READY' : null),
    },
    judge: ({ site, version }) => {
      judged.push(site)
      versions.set(site, version)
    },
    monotonicMs: () => clock.ms,
  })
  await ahead.changed(live.takeChanged())
  expect(judged).toEqual([])
  ahead.want()
  ahead.begin()
  await eventually('all are judged', () => judged.length === 3)
  expect(judged).toEqual(['a', 'b', 'c'])
  take('b', 1)
  await ahead.changed(live.takeChanged())
  expect(judged).toEqual(['a', 'b', 'c', 'b'])
  clock.ms = 10 * MINUTE
  take('c', 1)
  await ahead.changed(live.takeChanged())
  expect(judged).toHaveLength(4)
  await ahead.stop()
})

test('the list of a collector that has just started is never empty, and says what is not judged yet', async () => {
  const sites = 120
  const directory = temporaryDirectory()
  const { sha256 } = await loadProfile('pureconnect-rcm')
  const store = await openSqliteStore(directory, START)
  const names = Array.from({ length: sites }, (_, n) => `site-${String(n).padStart(3, '0')}`)
  await store.append(names.map((name) => parsed(name, sha256).row))
  await store.close()
  const collector = await testCollector({ directory })
  const ask = async () => (await collector.get('/api/v1/sites')).body
  const first = await ask()
  expect(first.sites).toHaveLength(sites)
  expect(first.counts.notJudgedYet).toBeLessThanOrEqual(first.counts.cannotSay)
  const unjudged = first.sites.filter((site: { judged: boolean }) => !site.judged)
  expect(unjudged.length).toBe(first.counts.notJudgedYet)
  for (const site of unjudged) expect(site.overall).toBe('CANNOT SAY')
  await eventually('every site is judged', async () => (await ask()).counts.notJudgedYet === 0)
  expect((await ask()).sites).toHaveLength(sites)
})
