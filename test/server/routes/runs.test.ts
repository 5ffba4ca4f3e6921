import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { judged, silent } from '../../shared/verdict/scenes.ts'
import { testCollector } from '../support/collector.ts'
import { envelope, record, START } from '../support/fixtures.ts'

test('what a run found says its reasons in words and how lines are read, as findings of a site do', async () => {
  const { store, get, deliver, profileSha256 } = await testCollector()
  await deliver(envelope(record(profileSha256)))
  const at = { site: 'leeds', id: randomUUID() }
  const ask = JSON.stringify({ kind: 'media' })
  expect(await store.plans.askRun({ ...at, ask, by: 'user:anna', askedMs: START }, 8)).toBe(true)
  const judgement = judged([silent(3000)])
  const named = { ...judgement, profile: { ...judgement.profile, sha256: profileSha256 } }
  const words = { judged: JSON.stringify(named), endedMs: START }
  await store.plans.changeRun(at, ['asked'], { state: 'done', ...words })
  const { body } = await get(`/api/v1/sites/leeds/runs/${at.id}`)
  const found = body.judged.findings.find(({ id }: { readonly id: string }) => id === 'VRN-3')
  expect(found.reason).toMatch(/^[a-z-]+$/)
  expect(found.meaning).toContain(' ')
  expect(body.judged.lines).toContainEqual(expect.objectContaining({ id: 'VRN-3', line: 1216 }))
})
