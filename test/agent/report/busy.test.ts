import { expect, test } from 'vitest'
import type { BusyHours } from '../../../shared/profile/busy-hours.ts'
import { explain } from '../../../shared/profile/explain.ts'
import { SiteSchema } from '../../../shared/profile/site.ts'
import { readinessReport } from '../../../shared/report/readiness.ts'
import { siteWith } from '../../shared/verdict/scenes.ts'
import { bundleOf, opened } from '../../support/report-bundles.ts'

/** Three quarter hours from Monday 2026-03-02 10:00 UTC on. */
async function reportWith(busyHours?: BusyHours) {
  const site = siteWith(busyHours === undefined ? {} : { busyHours })
  const { sections } = readinessReport(await opened('leeds', bundleOf({ minutes: 45, site })))
  const blocks = sections.find(({ title }) => title === 'The quarter hours')?.blocks ?? []
  const said = blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : []))
  const plots = blocks.flatMap((block) => (block.kind === 'plot' ? [block.plot] : []))
  return { said, plots, head: JSON.stringify(sections[0]) }
}

const BERLIN: BusyHours = {
  zone: 'Europe/Berlin',
  hours: [{ from: '11:15', to: '11:30' }],
  days: ['mon'],
}

test('busy hours are those of the site, by its own clocks and days, shaded and counted', async () => {
  const { said, plots, head } = await reportWith(BERLIN)
  expect(said[0]).toBe(
    'In the busy hours (11:15-11:30 Europe/Berlin on mon): 1 quarter hour, 1 READY.',
  )
  expect(said[1]).toContain('Yellowish ground: busy hours.')
  const quarter = Date.UTC(2026, 2, 2, 10, 15)
  expect(plots.length).toBeGreaterThan(0)
  for (const { busy } of plots) expect(busy).toEqual([{ from: quarter, to: quarter + 900_000 }])
  expect(head).toContain('11:15-11:30 Europe/Berlin on mon')
}, 60_000)

test('a time without a busy hour says so, and one of which nobody knows says that', async () => {
  const idle = await reportWith({ ...BERLIN, days: ['tue', 'wed'] })
  expect(idle.said[0]).toMatch(/^NO BUSY HOUR IS IN THIS TIME/)
  expect(idle.plots[0]?.busy).toEqual([])
  const unknown = await reportWith()
  expect(unknown.said[0]).toContain('whether these figures are of a line in use is not known')
}, 60_000)

test.each([
  [{ zone: 'Atlantis/Main' }, 'zone'],
  [{ hours: [{ from: '12:00', to: '11:00' }] }, 'hours'],
  [{ hours: [{ from: '9:00', to: '11:00' }] }, 'from'],
  [{ days: [] }, 'days'],
  [{ days: ['monday'] }, 'days'],
])('busy hours with %j are refused, and the key is named', (change, key) => {
  const busyHours = { ...BERLIN, ...change }
  const { problems } = explain(SiteSchema, { ...siteWith({}), busyHours })
  expect(problems.map(({ path }) => path.join('.')).join()).toContain(key)
})
