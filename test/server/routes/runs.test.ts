import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { judged, silent } from '../../shared/verdict/scenes.ts'
import { testCollector } from '../support/collector.ts'
import { envelope, record, START } from '../support/fixtures.ts'

test('what a run found says its reasons in words, as findings of a site do', async () => {
  const { store, get, deliver, profileSha256 } = await testCollector()
  await deliver(envelope(record(profileSha256)))
  const at = { site: 'leeds', id: randomUUID() }
  const ask = JSON.stringify({ kind: 'media' })
  expect(await store.plans.askRun({ ...at, ask, by: 'user:anna', askedMs: START }, 8)).toBe(true)
  const words = { judged: JSON.stringify(judged([silent(3000)])), endedMs: START }
  await store.plans.changeRun(at, ['asked'], { state: 'done', ...words })
  const { body } = await get(`/api/v1/sites/leeds/runs/${at.id}`)
  const found = body.judged.findings.find(({ id }: { readonly id: string }) => id === 'VRN-3')
  expect(found.reason).toMatch(/^[a-z-]+$/)
  expect(found.meaning).toContain(' ')
})
