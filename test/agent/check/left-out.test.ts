import { expect, test } from 'vitest'
import { tellLeftOut } from '../../../agent/check/left-out.ts'
import type { CheckResult } from '../../../config/check-result.ts'
import { linesForSite } from '../../../shared/profile/lines.ts'
import { judged, profileWith, siteWith } from '../../shared/verdict/scenes.ts'

const SITE = siteWith()
const LINES = linesForSite(profileWith(), SITE)

function told(options: { readonly media: boolean; readonly mediaOnly?: boolean }, site = SITE) {
  const result = { judgement: judged([], { site }) } as CheckResult
  const { findings } = tellLeftOut(result, options, LINES).judgement
  return (id: string) => findings.filter((found) => found.id === id)
}

test('a line that an option left out says which, and is tested by leaving that out', () => {
  for (const id of ['VRN-1', 'VRN-5', 'VRN-6', 'VRN-7']) {
    const found = told({ media: false })(id)
    expect(found.length, id).toBeGreaterThan(0)
    for (const { verdict, reason, detail, advice } of found) {
      expect([verdict, reason], id).toEqual(['not-tested', 'probe-not-run'])
      expect(detail).toBe('the voice streams were left out by --no-media')
      expect(advice).toMatch(/^leave --no-media out; then: voip-ready \w+ --site FILE/)
    }
  }
  const duplex = told({ media: true, mediaOnly: true })('VRN-2')[0]
  expect(duplex?.detail).toBe('everything but voice was left out by --media-only')
  expect(duplex?.advice).toMatch(/^leave --media-only out; then: .* --only VRN-2$/)
})

test('what no option left out keeps its own reason', () => {
  expect(told({ media: true })('VRN-5')[0]).toMatchObject({ reason: 'no-data' })
  expect(told({ media: false })('VRN-2')[0]?.detail).toBe('')
  const one = told({ media: false }, siteWith({ farEnds: { primary: { reflector: '192.0.2.1' } } }))
  const secondary = one('VRN-5').find(({ farEnd }) => farEnd === 'secondary')
  // Nothing is sent to a far end that the site does not have: every moment of it would be a hole.
  expect(secondary).toMatchObject({
    ...{ reason: 'far-end-not-configured', detail: 'farEnds.secondary is missing' },
  })
})
