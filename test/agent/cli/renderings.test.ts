import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { asCalled, namingOf } from '../../../agent/check/again.ts'
import { limitText, valueText } from '../../../agent/check/figures.ts'
import { renderFindings } from '../../../agent/check/findings-table.ts'
import { escapeXml, renderJunit } from '../../../agent/check/junit.ts'
import type { LineWords, WordsById } from '../../../agent/check/line-words.ts'
import { renderNagios } from '../../../agent/check/nagios.ts'
import { notTestedLines } from '../../../agent/check/not-tested.ts'
import { whyOverall } from '../../../agent/check/render.ts'
import { paintFor } from '../../../agent/cli/colour.ts'
import { asAsked } from '../../../shared/plan/asked-again.ts'
import type { Finding } from '../../../shared/verdict/finding.ts'
import { finding, judgementOf } from './findings.ts'

const plain = paintFor({ isTTY: false }, {})
const NAMES: WordsById = new Map<string, LineWords>([
  [
    'VRN-3',
    {
      name: 'one-way delay',
      kind: 'one-way-delay',
      source: 'line 1216, read as: under 150 ms',
    },
  ],
  ...Array.from({ length: 9 }, (_, i) => {
    const words = { name: `ports: Service ${i}`, kind: 'ports' as const, source: '' }
    return [`RCM-0${i + 1}`, words] as const
  }),
])
const failed = finding({
  ...{ verdict: 'fail', reason: 'over-limit', value: 180, interval: [170, 190] },
  advice: 'mend it; then: voip-ready check --site FILE --only VRN-3',
})

test('a value stands with its interval, in the unit of its limit', () => {
  expect(valueText(finding())).toBe('12.3 ms (8.1..16.5)')
  const loss = finding({
    unit: 'ratio',
    value: 0.0042,
    interval: [0.001, 0.0095],
    limit: 0.01,
    op: '<=',
  })
  expect(valueText(loss)).toBe('0.42 % (0.1..0.95)')
  expect(limitText(loss)).toBe('<= 1 %')
  expect(valueText(finding({ value: null, interval: null }))).toBe('-')
})

test('what fails comes first, with its cause and what to do below it', () => {
  const lines = renderFindings([finding({ leg: 'back' }), failed], { words: NAMES, paint: plain })
  const at = (part: string) => lines.findIndex((line) => line.includes(part))
  expect(lines[2]).toMatch(
    /^fail +VRN-3 +one-way delay +primary out +180 ms \(170..190\) +< 150 ms$/,
  )
  expect(at('cause: over-limit: measured, and beyond the limit')).toBe(3)
  expect(lines[4]).toBe('    source: line 1216, read as: under 150 ms')
  expect(lines[5]).toBe('    do: mend it')
  expect(lines[6]).toBe('    again: voip-ready check --site FILE --only VRN-3')
  expect(at('pass ')).toBe(7)
})

test('what fails says once how its line is read, and what other statistics say of a line', () => {
  const alternatives = [
    { statistic: 'mean', verdict: 'pass' },
    { statistic: 'max', verdict: 'fail' },
  ] as const
  const both = (['out', 'back'] as const).map((leg) => ({ ...failed, leg, alternatives }))
  const passes = finding({ farEnd: 'secondary', alternatives })
  const lines = renderFindings([...both, passes], { words: NAMES, paint: plain })
  const having = (part: string) => lines.filter((line) => line.includes(part))
  expect(having('source: line 1216, read as: under 150 ms')).toHaveLength(1)
  expect(lines.join(' ').replace(/\s+/g, ' ')).toContain('error (by other statistics: mean pass)')
  expect(lines.at(-1)).toBe('    by other statistics: max fail')
})

test('a pass of what was seen alone, or by a hair, says so where it stands', () => {
  const option = finding({
    ...{ reason: 'accepted-with-warning', detail: '0 (text), which 802.1Q reserves' },
    ...{ value: null, interval: null, limit: null },
  })
  const text = (findings: readonly Finding[]) =>
    renderFindings(findings, { words: NAMES, paint: plain }).join(' ').replace(/\s+/g, ' ')
  expect(text([option])).toContain('note: accepted-with-warning: within the contract, but')
  expect(text([option])).toContain('(0 (text), which 802.1Q reserves)')
  const real = [1, 2, 3].map(
    (n) => ({ ...option, id: `RCM-0${n}`, reason: 'handshake-only', detail: '' }) as const,
  )
  const open = (id: string, detail: string) =>
    ({ ...option, id, reason: 'ports-open', detail }) as const
  const proven = ['RCM-04', 'RCM-05'].map((id) => open(id, ''))
  expect(text([...real, ...proven])).toMatch(
    /3 of 5 port rows .*note: handshake-only: .* \(RCM-01, RCM-02, RCM-03\) pass .*2 of 5 port rows/,
  )
  const over = 'printed for the MPLS circuit, and tried over a remote-access circuit (RVA)'
  const elsewhere = ['RCM-06', 'RCM-07'].map((id) => open(id, over))
  const told = text([...proven, ...elsewhere])
  expect(told).toContain(`(RCM-06, RCM-07; ${over})`)
  expect(told.match(/2 of 4 port rows/g)).toHaveLength(2)
  expect(told.match(/note: /g)).toHaveLength(1)
})

test('lines that nobody looked at say what they wait for, and why they were left out', () => {
  const untested = (id: string, change: Partial<Finding>) =>
    finding({ id, verdict: 'not-tested', value: null, interval: null, ...change })
  const needs = (id: string, key: string) =>
    untested(id, { reason: 'needs-site-value', detail: `missing: ${key}` })
  const open = [
    ...[needs('RCM-01', 'rtpPorts'), needs('DER-6', 'rtpPorts'), needs('DHCP-3', 'primaryServer')],
    untested('RCM-02', { reason: 'waived', detail: 'no web server stands here' }),
    untested('VRN-3', { reason: 'no-voice-leg', detail: 'a circuit that carries no voice' }),
  ]
  const view = { words: NAMES, paint: plain }
  const text = (change = {}) => notTestedLines(open, { ...view, ...change }).join('\n')
  expect(text()).toContain('\n    do: add to the site file: rtpPorts, primaryServer\n')
  expect(text()).toContain('waived: RCM-02 (')
  expect(text()).toContain('\n    no web server stands here\n')
  expect(text()).toContain('\n    a circuit that carries no voice\n')
  const called = { named: '--primary 10.1.0.10 --key leeds:SECRET' }
  expect(text({ called })).toContain('do: write a site file (config/examples/site.yaml shows one)')
  expect(text({ asked: { before: '', behind: [] } })).toContain("do: add to the site's plan: rtp")
  const all = renderFindings(open, { ...view, all: true }).join('\n')
  expect(all).toContain('(missing: rtpPorts)')
  expect(all).toContain('(no web server stands here)')
})

test('a key that is to be written stands on one line', () => {
  const open = Array.from({ length: 9 }, (_, at) => {
    const detail = `missing: dns.records.DNS-${at}.value`
    return finding({ id: `DNS-${at}`, verdict: 'not-tested', reason: 'needs-site-value', detail })
  })
  const lines = notTestedLines(open, { words: NAMES, paint: plain })
  const keys = lines.flatMap((line) => line.match(/dns\.records\.DNS-\d\.value/g) ?? [])
  expect(keys).toHaveLength(9)
})

describe('a table of many lines', () => {
  const ports = (verdict: 'pass' | 'fail' | 'inconclusive', n: number, from = 1) =>
    Array.from({ length: n }, (_, i) =>
      (['primary', 'secondary'] as const).map((farEnd) =>
        finding({
          ...{ id: `RCM-${String(from + i).padStart(2, '0')}`, leg: 'none', farEnd, verdict },
          ...{ reason: verdict === 'pass' ? 'within-limit' : 'no-reply', value: null },
          ...{ interval: null, limit: null, advice: verdict === 'pass' ? '' : `mend row ${i}` },
        }),
      ),
    ).flat()
  const render = (findings: readonly Finding[], all = false, judged = findings) =>
    renderFindings(findings, { words: NAMES, paint: plain, all, judged }).slice(2)

  test('that passes is one line; --all gives each its own', () => {
    expect(render(ports('pass', 9))).toEqual(['pass     RCM-*  9 of 9 port rows  both   -      -'])
    expect(render(ports('pass', 9), true)).toHaveLength(18)
  })

  test('of which many are open for one reason tells it once, with the command for all of them', () => {
    const lines = render([...ports('inconclusive', 4), ...ports('pass', 3, 5)])
    expect(lines[0]).toMatch(/^inconclusive +RCM-\* +4 of 7 port rows +both/)
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain(
      'again: voip-ready check --site FILE --only RCM-01,RCM-02,RCM-03,RCM-04',
    )
    expect(lines.at(-1)).toMatch(/^pass +RCM-\* +3 of 7 port rows/)
  })

  test('that passes on one leg alone does not count as a line that passes', () => {
    const half = ports('inconclusive', 1).map((found) => ({ ...found, leg: 'back' as const }))
    const unseen = ports('pass', 1, 9).map(
      (found): Finding => ({ ...found, verdict: 'not-tested', reason: 'port-not-tested' }),
    )
    const lines = render([...ports('pass', 4), ...half], false, [
      ...ports('pass', 4),
      ...half,
      ...unseen,
    ]).filter((line) => line.startsWith('pass'))
    expect(lines).toEqual([
      expect.stringMatching(/^pass +RCM-01 +ports: Service 0 +primary /),
      expect.stringMatching(/^pass +RCM-01 +secondary /),
      expect.stringMatching(/^pass +RCM-\* +3 of 5 port rows +both /),
    ])
  })

  test('never hides what fails: each line with its own advice', () => {
    const text = render(ports('fail', 5)).join('\n')
    for (const row of [0, 1, 2, 3, 4]) expect(text).toContain(`do: mend row ${row}`)
  })
})

test('colour only for a terminal that wants it', () => {
  expect(paintFor({ isTTY: true }, {}).red('x')).not.toBe('x')
  expect(paintFor({ isTTY: true }, { NO_COLOR: '1' }).red('x')).toBe('x')
  expect(paintFor({ isTTY: true }, { TERM: 'dumb' }).red('x')).toBe('x')
  expect(paintFor({}, {}).red('x')).toBe('x')
})

test('a command names the far ends as this one was told of them, and no secret', () => {
  const key = `leeds:${'s'.repeat(32)}`
  const named = namingOf({ primary: { host: '2001:db8::1', port: 4001 }, key })
  // Brackets are a pattern to a shell, and to some an error where no file is named so.
  expect(named).toBe("--primary '[2001:db8::1]:4001' --key leeds:SECRET")
  const lines = renderFindings([failed], { words: NAMES, paint: plain, called: { named } })
  expect(lines.at(-1)).toBe(`    again: voip-ready check ${named} --only VRN-3`)
  expect(namingOf({ site: "north's/leeds 1.yaml" })).toBe(`--site 'north'\\''s/leeds 1.yaml'`)
})

test('a command looks at the same again: codec, calls, time, and the peak in the place of N', () => {
  const check = ['--duration 300s', '--calls 3', '--codec g729']
  const called = {
    named: '--site leeds.yaml',
    shape: { check, capacity: ['--codec g729'] },
    peak: 40,
  }
  const at = (command: string) => asCalled(`mend it; then: ${command}`, called).split('then: ')[1]
  expect(at('voip-ready check --site FILE --only VRN-6')).toBe(
    'voip-ready check --site leeds.yaml --only VRN-6 --duration 300s --calls 3 --codec g729',
  )
  expect(at('voip-ready check --site FILE --only VRN-6 --duration 8s')).toBe(
    'voip-ready check --site leeds.yaml --only VRN-6 --duration 8s --calls 3 --codec g729',
  )
  expect(at('voip-ready capacity --site FILE --calls N')).toBe(
    'voip-ready capacity --site leeds.yaml --calls 40 --codec g729',
  )
  expect(namingOf({ record: true, state: '/var/lib/a b' })).toBe("--record --state '/var/lib/a b'")
})

test('who asked at a collector asks there again: lines, time, and how it was found', () => {
  const asked = { before: 'voip-ready collector run ask leeds', behind: ['--url https://c'] }
  const at = (command: string) => asAsked(`mend it; then: ${command}`, asked).split('then: ')[1]
  expect(at('voip-ready check --site FILE --only VRN-6 --duration 900s')).toBe(
    'voip-ready collector run ask leeds check --lines VRN-6 --seconds 600 --url https://c',
  )
  expect(at('voip-ready capacity --site FILE --calls N')).toBe(
    'voip-ready collector run ask leeds capacity --url https://c',
  )
  // What came from the collector's API names it already, and not how it was found.
  expect(at('voip-ready collector run ask leeds qos')).toBe(
    'voip-ready collector run ask leeds qos --url https://c',
  )
  expect(asAsked('cause: no-reply', asked)).toBe('cause: no-reply')
})

test('a long command is broken so that a shell reads it as one, whatever stands in quotes', () => {
  const site = `/srv/${'very '.repeat(20)}long/it's "here".yaml`
  const called = { named: namingOf({ site }), shape: { check: ['--duration 300s', '--calls 3'] } }
  const lines = renderFindings([failed], { words: NAMES, paint: plain, called })
  const from = lines.findIndex((line) => line.includes('again: '))
  const copied = lines.slice(from).join('\n').replace('again: voip-ready', "printf '%s\\n'")
  const { stdout, status } = spawnSync('sh', ['-c', copied], { encoding: 'utf8' })
  expect(status).toBe(0)
  const words = ['check', '--site', site, '--only', 'VRN-3', '--duration', '300s', '--calls', '3']
  expect(stdout.split('\n').slice(0, -1)).toEqual(words)
  expect(lines.length - from).toBeGreaterThan(1)
})

test('a subset that passes is not a network that is ready', () => {
  const whole = judgementOf([finding()], 'READY')
  const part = { ...whole, onlyLines: ['VRN-3'] }
  expect(whyOverall(whole)).toBe('every required line passed at both data centres.')
  expect(whyOverall(part)).not.toContain('every required line')
  expect(renderNagios(part).line).toMatch(/^VOIP OK - READY in VRN-3 alone; /)
  expect(renderNagios(whole).line).toMatch(/^VOIP OK - READY; /)
  expect(renderJunit(part)).toMatch(/<testsuite name="voip-ready [^"]* in VRN-3 alone"/)
})

test('the roll-up says why', () => {
  expect(whyOverall(judgementOf([failed], 'NOT READY'))).toBe('failed: VRN-3 primary out.')
  const open = finding({ verdict: 'inconclusive', reason: 'too-few-packets', id: 'VRN-6' })
  const unseen = finding({ verdict: 'not-tested', reason: 'probe-not-run', id: 'DNS-1' })
  expect(whyOverall(judgementOf([open, unseen], 'CANNOT SAY'))).toContain(
    'VRN-6 was not decided and DNS-1 was not tested',
  )
})

test('JUnit counts inconclusive as an error and never as a success', () => {
  const open = finding({ verdict: 'inconclusive', reason: 'host' })
  const skipped = finding({ verdict: 'not-tested', reason: 'no-data' })
  const xml = renderJunit(judgementOf([failed, open, skipped, finding()], 'NOT READY'))
  expect(xml).toContain('tests="4" failures="1" errors="1" skipped="1"')
  expect(xml.match(/<testcase [^>]*\/>/g)).toHaveLength(1)
})

test('a failure in JUnit says how its line is read, as the table does; what does not fail does not', () => {
  const open = finding({ verdict: 'inconclusive', reason: 'host' })
  const line = { id: 'VRN-3', kind: 'one-way-delay', line: 1216, reading: 'under 150 ms' } as const
  const xml = renderJunit(judgementOf([failed, open], 'NOT READY'), [{ ...line, why: 'By p95.' }])
  const source = 'source: line 1216, read as: under 150 ms By p95.'
  expect(xml).toContain(`>${source}\nmend it; then: voip-ready check`)
  expect(xml.split(source)).toHaveLength(2)
})

test('XML holds neither markup nor what XML cannot hold', () => {
  expect(escapeXml('a<b>&"\u0000\ud800c')).toBe('a&lt;b&gt;&amp;&quot;??c')
  expect(escapeXml('\u{1f600}')).toBe('\u{1f600}')
})

test('Nagios: fail is critical, cannot say is unknown and never a warning', () => {
  expect(renderNagios(judgementOf([failed], 'NOT READY'))).toEqual({
    line:
      'VOIP CRITICAL - NOT READY: VRN-3 primary out over-limit; 1 fail, 0 pass, 0 inconclusive, ' +
      '0 not tested | vrn-3_primary_out=0.18s;;0.15',
    exit: 2,
  })
  expect(renderNagios(judgementOf([], 'CANNOT SAY')).exit).toBe(3)
  expect(renderNagios(judgementOf([finding()], 'READY')).exit).toBe(0)
})
