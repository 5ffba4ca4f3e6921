import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkSite, parseProfile, parseSite } from '../../../shared/profile/parse.ts'
import { type ConfigProblem, pathText } from '../../../shared/profile/problem.ts'
import { minimalProfile } from './minimal.ts'

/** `path: wanted W, found F; repair`, as the loader prints it behind file, line and column. */
function said(problems: readonly ConfigProblem[], root: unknown): string[] {
  return problems.map(
    ({ path, wanted, found, repair }) =>
      `${pathText(path, root)}: wanted ${wanted}, found ${found}; ${repair}`,
  )
}

function problemsOf(value: unknown): string[] {
  const parsed = parseProfile(value)
  return parsed.ok ? [] : said(parsed.error, value)
}

/** The minimal profile with one line's keys replaced; undefined removes a key. */
function withLine(position: number, changes: Record<string, unknown>): unknown {
  const profile = minimalProfile()
  const requirements = profile.requirements.map((line, i) =>
    i === position ? without({ ...line, ...changes }) : line,
  )
  return { ...profile, requirements }
}

function without(line: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(line).filter(([, value]) => value !== undefined))
}

describe('a good profile', () => {
  test('is read with its defaults filled in', () => {
    const parsed = parseProfile(minimalProfile())
    expect(parsed).toMatchObject({ ok: true, value: { notes: [] } })
    if (parsed.ok)
      expect(parsed.value.requirements[1]).toMatchObject({ match: 'all', farEnds: 'both' })
  })
})

describe('one mistake, its exact words', () => {
  const delay = 'requirements[VRN-3]'
  const row = 'requirements[LCM-01]'
  test.each<[name: string, value: unknown, message: string]>([
    [
      'a unit in the value',
      withLine(0, { limitMs: '150ms' }),
      `${delay}.limitMs: wanted a number from 1 to 2000, found "150ms"; write 150: the key already names the unit`,
    ],
    [
      'another unit in the value',
      withLine(0, { limitMs: '0.15 s' }),
      `${delay}.limitMs: wanted a number from 1 to 2000, found "0.15 s"; write 150: the key already names the unit`,
    ],
    [
      'a number in quotes',
      withLine(0, { limitMs: '150' }),
      `${delay}.limitMs: wanted a number from 1 to 2000, found "150"; write 150 without quotes`,
    ],
    [
      'a unit nobody knows',
      withLine(0, { limitMs: '150 furlong' }),
      `${delay}.limitMs: wanted a number from 1 to 2000, found "150 furlong"; write the number alone, without a unit`,
    ],
    [
      'a misspelt key',
      withLine(0, { limitMS: 150 }),
      `${delay}.limitMS: wanted a key that is known here, found "limitMS"; did you mean limitMs?`,
    ],
    [
      'a key from elsewhere',
      withLine(0, { colour: 'red' }),
      `${delay}.colour: wanted one of id, line, title, printed, reading, why, document, example, required, farEnds, kind, limitMs, op, statistic, found "colour"; remove the key`,
    ],
    [
      'a missing key',
      withLine(0, { statistic: undefined }),
      `${delay}.statistic: wanted one of mean, p95, p99, max, found nothing; add statistic`,
    ],
    [
      'an inclusive limit where the clause is strict',
      withLine(0, { op: '<=' }),
      `${delay}.op: wanted "<", found "<="; correct the value`,
    ],
    [
      'yes for true',
      withLine(0, { required: 'yes' }),
      `${delay}.required: wanted true or false, found "yes"; write true`,
    ],
    [
      'a line of an unknown kind',
      withLine(0, { kind: 'delay' }),
      `${delay}.kind: wanted one of one-way-delay, jitter, segment-loss, marking, bandwidth, qos, duplex, vlan, ports, dns-a, dns-srv, dhcp-option, found "delay"; correct the value`,
    ],
    [
      'a range as text',
      withLine(1, { tcp: ['8018-8019'] }),
      `${row}.tcp[0]: wanted a whole number from 1 to 65535, or a list of 2, each a whole number from 1 to 65535, found "8018-8019"; write a range as [8018, 8019]`,
    ],
    [
      'a range upside down',
      withLine(1, { tcp: [[8019, 8018]] }),
      `${row}.tcp[0]: wanted the lower port first, found [8019,8018]; write [8018, 8019]`,
    ],
    [
      'a port that no host has',
      withLine(1, { tcp: [70_000] }),
      `${row}.tcp[0]: wanted a whole number from 1 to 65535, or a list of 2, each a whole number from 1 to 65535, found 70000; correct the value`,
    ],
    [
      'a port twice',
      withLine(1, { tcp: [8090, [8089, 8099]] }),
      `${row}.tcp: wanted every port once, found tcp/8090 twice; remove the repeated port or mend the range`,
    ],
    [
      'a row without ports',
      withLine(1, { tcp: [] }),
      `${row}.tcp: wanted at least one port, found none; add one, or write dynamic: true if the site gives them`,
    ],
    [
      'a dynamic row with ports',
      withLine(1, { dynamic: true }),
      `${row}.dynamic: wanted no ports in a dynamic row, found 2; remove dynamic or the ports`,
    ],
    [
      'a connection that does not exist',
      withLine(1, { connection: 'MAINT-C9' }),
      `${row}.connection: wanted the id of a connection, found "MAINT-C9"; name one of connections, or add it there`,
    ],
    [
      'a number among printed cells',
      withLine(1, { printed: ['SSH', 'TCP', 22] }),
      `${row}.printed: wanted text of 1 to 600 characters, or a list, each text, found ["SSH","TCP",22]; correct the value`,
    ],
    [
      'text that no UTF-8 can hold',
      withLine(1, { title: '\ud800' }),
      `${row}.title: wanted plain text and finite numbers, found holds a lone surrogate; write it anew`,
    ],
    [
      'another window',
      { ...minimalProfile(), judging: { ...minimalProfile().judging, windowSeconds: 30 } },
      'judging.windowSeconds: wanted 60, found 30; correct the value',
    ],
    [
      'a version without its dots',
      { ...minimalProfile(), version: 1 },
      'version: wanted a version such as "1.0.0", found 1; write it like that, in quotes',
    ],
    [
      'a list for a profile',
      [],
      'the whole file: wanted a map with format, id, version, title, source, model and more, found []; correct the value',
    ],
    [
      'nothing',
      undefined,
      'the whole file: wanted a map with format, id, version, title, source, model and more, found nothing; write the file',
    ],
  ])('%s', (_name, value, message) => {
    expect(problemsOf(value)).toEqual([message])
  })

  const loss = {
    id: 'VRN-6',
    line: 3,
    kind: 'segment-loss',
    title: 'Loss',
    printed: '1%',
    reading: 'At most.',
    limitRatio: 0.01,
    op: '<=',
    decide: 'confidence',
    confidence: 0.95,
    required: true,
  }
  const withLoss = (limitRatio: unknown) => ({
    ...minimalProfile(),
    requirements: [{ ...loss, limitRatio }],
  })

  test.each([
    ['1 meant as per cent', 1, 'a ratio is wanted: 1 per cent is 0.01'],
    ['"1%"', '1%', 'write 0.01: the key already names the unit'],
    ['"1 %"', '1 %', 'write 0.01: the key already names the unit'],
  ])('a loss limit of %s is caught before it lets everything pass', (_name, limit, repair) => {
    expect(problemsOf(withLoss(limit))).toEqual([
      `requirements[VRN-6].limitRatio: wanted a number from 0 to 0.5, found ${JSON.stringify(limit)}; ${repair}`,
    ])
  })

  test('an id given twice is named where it stands again', () => {
    const profile = minimalProfile()
    const twice = { ...profile, requirements: [...profile.requirements, profile.requirements[0]] }
    expect(problemsOf(twice)).toEqual([
      'requirements[VRN-3].id: wanted every id once, found "VRN-3" again; give one of the two another id, or remove it',
    ])
    const parsed = parseProfile(twice)
    expect(parsed.ok ? [] : parsed.error[0]?.path).toEqual(['requirements', 2, 'id'])
  })

  test('an option that is to equal something says what', () => {
    const option = {
      id: 'DHCP-4',
      line: 1,
      kind: 'dhcp-option',
      title: 'Boot file',
      printed: '67',
      reading: 'Exactly.',
      option: 67,
      scope: 'phones',
      type: 'string',
      match: 'exact',
      required: true,
    }
    expect(problemsOf({ ...minimalProfile(), requirements: [option] })).toEqual([
      'requirements[DHCP-4].expect: wanted the value to equal, as match is exact, found nothing; add expect, or set match to present',
    ])
  })
})

test('law: any value at all is answered, never thrown at', () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true })
  fc.assert(
    fc.property(anything, anything, (a, b) => {
      const profile = { ...minimalProfile(), requirements: a, judging: b }
      expect(problemsOf(profile).length).toBeGreaterThan(0)
      expect(parseSite(a).ok).toBe(false)
    }),
  )
})

test('all mistakes are told, not the first', () => {
  const profile = {
    ...minimalProfile(),
    colour: 'red',
    model: 'XCM',
    requirements: [
      { ...minimalProfile().requirements[0], limitMs: '150ms', limt: 1, titel: 'x' },
      { ...minimalProfile().requirements[1], tcp: [0], confidense: 'low' },
    ],
  }
  expect(
    problemsOf(profile)
      .map((message) => message.split(':')[0])
      .sort(),
  ).toEqual([
    'colour',
    'model',
    'requirements[LCM-01].confidense',
    'requirements[LCM-01].tcp[0]',
    'requirements[VRN-3].limitMs',
    'requirements[VRN-3].limt',
    'requirements[VRN-3].titel',
  ])
})

const SITE = {
  format: 'voip-ready/site/1',
  site: 'leeds',
  profile: 'small',
  farEnds: { primary: { reflector: '10.1.0.10' } },
}

describe('a site file', () => {
  const messages = (value: unknown) => {
    const parsed = parseSite(value)
    return parsed.ok ? [] : said(parsed.error, value)
  }

  test('is read with its defaults filled in', () => {
    const parsed = parseSite(SITE)
    expect(parsed).toMatchObject({
      ok: true,
      value: { farEnds: { primary: { port: 4000, path: 'MPLS' } } },
    })
  })

  test('never shows a wrong key, which may be a secret', () => {
    const key = 'id:too-short-but-secret'
    const value = { ...SITE, farEnds: { primary: { reflector: '10.1.0.10', key } } }
    const text = messages(value).join()
    expect(text).toContain('farEnds.primary.key: wanted an access key id:secret')
    expect(text).not.toContain('too-short-but-secret')
  })

  test('gives a key or a file with the key, not both', () => {
    const key = `leeds:${'k'.repeat(32)}`
    const primary = { reflector: '10.1.0.10', key, keyFile: 'k' }
    expect(messages({ ...SITE, farEnds: { primary } })).toEqual([
      'farEnds.primary.keyFile: wanted key or keyFile, found both; remove one of the two',
    ])
  })

  test.each([
    [
      'an address that is none',
      { primaryServer: '10.1.0.300' },
      'primaryServer: wanted an IP address, found "10.1.0.300"; correct the value',
    ],
    [
      'a range upside down',
      { rtpPorts: [20_000, 10_000] },
      'rtpPorts: wanted the lower port first, found [20000,10000]; write [10000, 20000]',
    ],
    [
      'a waiver without a reason',
      { waive: { 'LCM-01': 'no' } },
      'waive.LCM-01: wanted text of 10 to 600 characters, found "no"; correct the value',
    ],
    [
      'a key that is no id',
      { waive: { chat: 'there is no chat here' } },
      'waive.chat: wanted the id of a line, such as LCM-07, found "chat"; correct the value',
    ],
    [
      'a misspelt far end',
      { farEnds: { primry: { reflector: '10.1.0.10' } } },
      'farEnds.primry: wanted a key that is known here, found "primry"; did you mean primary?',
    ],
  ])('with %s is told so', (_name, change, message) => {
    expect(messages({ ...SITE, ...change })).toEqual([message])
  })

  test.each([
    [
      'a line that the profile does not have',
      { waive: { 'LCM-02': 'there is no chat here' } },
      'waive.LCM-02: wanted a line of small that fits here, found "LCM-02"; did you mean LCM-01?',
    ],
    [
      'a clause among port rows',
      { ports: { 'VRN-3': { initiator: 'site' } } },
      'ports.VRN-3: wanted a line of small that fits here, found "VRN-3"; remove the key',
    ],
  ])('is held against its profile: %s', (_name, change, message) => {
    const profile = parseProfile(minimalProfile())
    const site = parseSite({ ...SITE, ...change })
    if (!profile.ok || !site.ok) throw new Error('both are well formed')
    expect(said(checkSite(site.value, profile.value), site.value)).toEqual([message])
  })
})

test('a port that stands behind an address is sent to its own key, not to name resolution', () => {
  const site = (reflector: string) => ({
    ...{ format: 'voip-ready/site/1', site: 'leeds', profile: 'p' },
    farEnds: { primary: { reflector } },
  })
  for (const good of ['10.1.0.10', 'dc1.example', '2001:db8::1']) {
    expect(parseSite(site(good)).ok, good).toBe(true)
  }
  for (const bad of ['10.1.0.10:4000', 'dc1.example:4000', '[2001:db8::1]:4000']) {
    const parsed = parseSite(site(bad))
    expect(parsed.ok ? [] : said(parsed.error, site(bad)), bad).toEqual([
      expect.stringMatching(
        /^farEnds.primary.reflector: wanted an address or name alone \(the port/,
      ),
    ])
  }
})
