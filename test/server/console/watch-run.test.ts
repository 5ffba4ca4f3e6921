import { expect, test } from 'vitest'
import type { Api } from '../../../server/console/api.ts'
import { type FindingsPrinter, type ShownRun, tellRun } from '../../../server/console/watch-run.ts'
import { judged, stream } from '../../shared/verdict/scenes.ts'

const run: ShownRun = {
  ...{ id: '1', site: 'leeds', ask: { kind: 'check' }, state: 'done', why: '', agent: 'leeds-1' },
  ...{ result: { overall: 'READY', summary: '' }, judged: judged([stream()]) },
}
const ownSite = { site: 'leeds', ports: {} }

/** What is told of a run where the plan is answered so, and by which site its lines were printed. */
async function told(status: number, body: unknown) {
  const api = {
    ask: async () => ({ status: 200, etag: undefined, body: { profile: { id: 'any' } } }),
    try: async () => ({ status, etag: undefined, body }),
  } as unknown as Api
  const sites: unknown[] = []
  const printer: FindingsPrinter = async (_judgement, _profile, site) => {
    sites.push(site)
    return 'TABLE'
  }
  return { text: await tellRun(api, run, printer, []), sites }
}

test('a plan that cannot be read is said; without one, or with it, nothing is', async () => {
  const busy = await told(503, { title: 'busy' })
  expect(busy.text).toContain('the plan of leeds cannot be read (HTTP 503)')
  expect(busy.text).toMatch(/TABLE$/)
  const none = await told(404, { title: 'no plan' })
  const known = await told(200, { plan: { site: ownSite } })
  for (const { text } of [none, known]) expect(text).not.toContain('cannot be read')
  expect(known.sites).toEqual([ownSite])
  expect(none.sites).toMatchObject([{ site: 'leeds', farEnds: {} }])
})
