import { expect, test } from 'vitest'
import {
  delayOf,
  findingAt,
  judged,
  lineWith,
  lossOf,
  PACKETS,
  profileWith,
  spread,
  stream,
  verdictAt,
} from './scenes.ts'

/** One-way delay known exactly, the round trip too long to prove anything. */
const exactly = (ms: number) =>
  stream({ out: { delay: delayOf(ms) }, rtt: spread(200), rttReachesLimit: PACKETS })

test('149.999 ms passes and 150.0 ms fails', () => {
  expect(verdictAt(judged([exactly(149.999)]), 'VRN-3')).toBe('pass within-limit')
  expect(verdictAt(judged([exactly(150)]), 'VRN-3')).toBe('fail over-limit')
})

test('of 100 packets five may reach the limit under p95, and six may not', () => {
  const reached = (packets: number) => {
    const delay = { ...delayOf(20, 20, 100), mayReachLimit: packets, mustReachLimit: packets }
    return stream({
      out: { delay },
      rtt: spread(200, 100),
      rttReachesLimit: 100,
      back: { loss: lossOf(0, 100) },
    })
  }
  expect(verdictAt(judged([reached(5)]), 'VRN-3')).toBe('pass within-limit')
  expect(verdictAt(judged([reached(6)]), 'VRN-3')).toBe('fail over-limit')
})

test('the limit inside the clock error is undecided, and the interval is printed', () => {
  const o = stream({
    out: { delay: delayOf(140, 160) },
    rtt: spread(200),
    rttReachesLimit: PACKETS,
  })
  const finding = findingAt(judged([o]), 'VRN-3')
  expect(finding).toMatchObject({
    verdict: 'inconclusive',
    reason: 'clock-uncertain',
    value: 150,
    interval: [140, 160],
    limit: 150,
    statistic: 'p95',
    n: PACKETS,
  })
  expect(finding.advice).toContain('voip-ready check --site FILE --only VRN-3')
})

test('a round trip under the limit passes both legs though the clocks are at fault', () => {
  const o = stream({ clocks: { fault: 'contradiction', offset: null }, rtt: spread(149.9) })
  const judgement = judged([o])
  expect(verdictAt(judgement, 'VRN-3', 'out')).toBe('pass within-limit')
  expect(verdictAt(judgement, 'VRN-3', 'back')).toBe('pass within-limit')
  expect(findingAt(judgement, 'VRN-3')).toMatchObject({ value: null, interval: [0, 149.9] })
})

test('a round trip under the limit outweighs one-way figures that it contradicts', () => {
  const o = stream({ out: { delay: delayOf(400) }, rtt: spread(42) })
  const finding = findingAt(judged([o]), 'VRN-3')
  expect(finding).toMatchObject({ verdict: 'pass', interval: [0, 42] })
})

test('under a clock fault one-way figures convict nobody', () => {
  for (const fault of ['contradiction', 'step'] as const) {
    const o = stream({
      out: { delay: delayOf(500) },
      back: { delay: delayOf(500) },
      clocks: { fault, offset: null },
      rtt: spread(200),
      rttReachesLimit: PACKETS,
    })
    expect(verdictAt(judged([o]), 'VRN-3')).toBe('inconclusive clock-fault')
  }
})

test('round trips of twice the limit convict one leg without naming it', () => {
  const o = stream({
    out: { delay: delayOf(0, 310) },
    back: { delay: delayOf(0, 310) },
    clocks: { offset: null, fault: 'step' },
    rtt: spread(310),
    rttReachesLimit: PACKETS,
    rttReachesTwiceLimit: PACKETS,
  })
  const judgement = judged([o])
  expect(verdictAt(judgement, 'VRN-3', 'either')).toBe('fail rtt-proves-fail')
  expect(verdictAt(judgement, 'VRN-3', 'out')).toBe('inconclusive clock-fault')
  expect(judgement.overall).toBe('NOT READY')
})

test('both legs together may reach the limit on a tenth of the packets before p95 is disproven', () => {
  const o = (twice: number) =>
    stream({
      out: { delay: { ...delayOf(0, 160, 100), mayReachLimit: 100 } },
      back: { delay: { ...delayOf(0, 160, 100), mayReachLimit: 100 } },
      rtt: spread({ p95: 310, n: 100, sum: 20000 }, 100),
      rttReachesLimit: 100,
      rttReachesTwiceLimit: twice,
    })
  const either = (twice: number) => judged([o(twice)]).findings.filter((f) => f.leg === 'either')
  expect(either(10)).toHaveLength(0)
  expect(either(11)).toMatchObject([
    { id: 'VRN-3', verdict: 'fail', reason: 'rtt-proves-fail', n: 100 },
  ])
})

test('no leg is convicted twice: a leg proven by its own figures leaves no either', () => {
  const o = stream({
    out: { delay: delayOf(290) },
    rtt: spread(310),
    rttReachesLimit: PACKETS,
    rttReachesTwiceLimit: PACKETS,
  })
  expect(judged([o]).findings.filter((f) => f.leg === 'either')).toHaveLength(0)
})

test('every other statistic says what it would have decided', () => {
  const delay = {
    ...delayOf(20, 20, 1000),
    atMost: spread({ p95: 20, max: 400, sum: 20_000 }, 1000),
    atLeast: spread({ p95: 20, max: 400, sum: 20_000 }, 1000),
    mayReachLimit: 20,
    mustReachLimit: 20,
  }
  const o = stream({ out: { delay }, rtt: spread(200, 1000), rttReachesLimit: 1000 })
  expect(findingAt(judged([o]), 'VRN-3').alternatives).toEqual([
    { statistic: 'mean', verdict: 'pass' },
    { statistic: 'p99', verdict: 'fail' },
    { statistic: 'max', verdict: 'fail' },
  ])
})

test('the profile chooses the statistic', () => {
  const delay = { ...delayOf(20), mayReachLimit: 1, mustReachLimit: 1 }
  const o = stream({ out: { delay }, rtt: spread(200), rttReachesLimit: PACKETS })
  const by = (statistic: string) =>
    verdictAt(
      judged([o], { profile: profileWith({ requirements: lineWith('VRN-3', { statistic }) }) }),
      'VRN-3',
    )
  expect(by('p95')).toBe('pass within-limit')
  expect(by('mean')).toBe('pass within-limit')
  expect(by('max')).toBe('fail over-limit')
})

test('99 packets decide nothing where 100 are the least', () => {
  const finding = findingAt(judged([stream({ out: { delay: delayOf(20, 22, 99) } })]), 'VRN-3')
  expect(finding).toMatchObject({ verdict: 'inconclusive', reason: 'too-few-packets', n: 99 })
  expect(finding.advice).toContain('--duration 61s')
})

test('counts taken against another limit are not used, not even merged with good ones', () => {
  const other = stream({ out: { delay: delayOf(20, 22, PACKETS, 100) } })
  expect(verdictAt(judged([other]), 'VRN-3')).toBe('inconclusive other-limit')
  expect(verdictAt(judged([other, stream()]), 'VRN-3')).toBe('inconclusive other-limit')
})

test('a clock fault in one window leaves the clocks of the others their say', () => {
  const slow = { out: { delay: delayOf(160) }, rtt: spread(200), rttReachesLimit: PACKETS }
  const faulty = stream({ ...slow, clocks: { fault: 'step', offset: null } })
  expect(verdictAt(judged([stream(slow), faulty]), 'VRN-3')).toBe('fail over-limit')
})

test('a pass on those packets alone that were quick does not speak of the others', () => {
  const few = { delay: delayOf(20, 22, 500) }
  const chosen = { out: few, back: few, rtt: spread(42, 500) }
  const finding = findingAt(judged([stream(chosen)]), 'VRN-3')
  expect(finding).toMatchObject({ verdict: 'inconclusive', reason: 'partly-observed', n: 500 })
  expect(finding.detail).toContain('known of 500 of 3000 packets that were answered')
  const lossy = { ...chosen, back: { ...few, loss: lossOf(2500) } }
  expect(verdictAt(judged([stream(lossy)]), 'VRN-3')).toBe('pass within-limit')
})

test('packets of which a stamp lacks take no pass away while all of them may be over the limit', () => {
  const known = (n: number) =>
    stream({
      out: { delay: delayOf(20, 22, n) },
      back: { delay: delayOf(20, 22, n) },
      rtt: spread(42, n),
    })
  expect(verdictAt(judged([known(2850)]), 'VRN-3')).toBe('pass within-limit')
  expect(verdictAt(judged([known(2849)]), 'VRN-3')).toBe('inconclusive partly-observed')
})

test('a mean and a maximum bear one packet in a hundred without a figure', () => {
  for (const statistic of ['mean', 'max']) {
    const profile = profileWith({ requirements: lineWith('VRN-3', { statistic }) })
    const known = (n: number) =>
      verdictAt(
        judged([stream({ out: { delay: delayOf(20, 22, n) }, rtt: spread(42, n) })], { profile }),
        'VRN-3',
      )
    expect(known(2970)).toBe('pass within-limit')
    expect(known(2969)).toBe('inconclusive partly-observed')
  }
})
