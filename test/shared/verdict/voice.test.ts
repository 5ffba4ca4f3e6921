import { expect, test } from 'vitest'
import {
  findingAt,
  jitterOf,
  judged,
  MINUTE,
  profileWith,
  START,
  siteWith,
  stream,
  verdictAt,
} from './scenes.ts'

const LCM = profileWith({
  model: 'LCM',
  voice: { between: 'site-site', legs: ['out', 'back'], reading: 'stays local' },
})
const secondary = stream({ farEnd: 'secondary' })
const point = { reflector: '192.0.2.9', at: 'site' }
const centre = { reflector: '192.0.2.1' }

test('where voice stays local, a stream to a data centre neither passes nor fails', () => {
  const judgement = judged([stream({ out: { jitter: jitterOf(90) } }), secondary], { profile: LCM })
  expect(verdictAt(judgement, 'VRN-4', 'out', 'primary')).toBe('not-tested no-voice-leg')
  expect(verdictAt(judgement, 'VRN-4', 'out', 'secondary')).toBe('not-tested no-voice-leg')
  expect(findingAt(judgement, 'VRN-4').detail).toContain('farEnds.primary.at: site')
  expect(judgement.overall).toBe('CANNOT SAY')
})

test('where voice stays local, a site point is judged and the data centre owes nothing', () => {
  const site = siteWith({ farEnds: { primary: point, secondary: centre } })
  const judgement = judged([stream(), secondary], { profile: LCM, site, onlyLines: ['VRN-4'] })
  expect(verdictAt(judgement, 'VRN-4', 'out', 'primary')).toBe('pass within-limit')
  expect(findingAt(judgement, 'VRN-4', 'out', 'secondary')).toMatchObject({
    reason: 'no-voice-leg',
    required: false,
  })
  expect(judgement.overall).toBe('READY')
})

test('where voice runs to the data centres, a site point counts for neither', () => {
  const site = siteWith({ farEnds: { primary: point, secondary: centre } })
  const judgement = judged([stream(), secondary], { site, onlyLines: ['VRN-4'] })
  expect(verdictAt(judgement, 'VRN-4', 'out', 'primary')).toBe('not-tested no-voice-leg')
  expect(judgement.overall).toBe('CANNOT SAY')
})

test('a leg that carries no voice decides nothing', () => {
  const profile = profileWith({ voice: { between: 'site-dc', legs: ['back'], reading: 'one way' } })
  const bad = { out: { jitter: jitterOf(90) } }
  const both = [stream(bad), stream({ ...bad, farEnd: 'secondary' })]
  const judgement = judged(both, { profile, onlyLines: ['VRN-4'] })
  expect(verdictAt(judgement, 'VRN-4', 'out')).toBe('not-tested no-voice-leg')
  expect(judgement.overall).toBe('READY')
})

test('a remote-access circuit carries no voice, and that leaves the site undecided', () => {
  const site = siteWith({ farEnds: { primary: { ...centre, path: 'RVA' }, secondary: centre } })
  const judgement = judged([stream({ path: 'RVA' }), secondary], { site, onlyLines: ['VRN-4'] })
  expect(verdictAt(judgement, 'VRN-4', 'out', 'primary')).toBe('not-tested no-voice-leg')
  expect(judgement.overall).toBe('CANNOT SAY')
})

test('a best-effort stream is no voice: neither its loss nor its luck counts', () => {
  const plain = stream({ dscp: 0, out: { jitter: jitterOf(90) } })
  expect(verdictAt(judged([plain]), 'VRN-4')).toBe('not-tested no-data')
  expect(findingAt(judged([plain]), 'VRN-4').detail).toBe(
    'only streams marked CS0, voice is EF; not seen, UTC: 10:00:00-10:01:00 (no record)',
  )
  expect(verdictAt(judged([plain, stream({ from: START, to: START + MINUTE })]), 'VRN-4')).toBe(
    'pass within-limit',
  )
})
