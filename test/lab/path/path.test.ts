import { writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { labObstacle } from '../scenario.ts'
import { createLab, type Lab } from '../topology.ts'
import { type LabKey, MAIN, marksOf, pathFrom, reflectorAt } from './far-end.ts'

/** site - r1 - r2 - r3 - dc1: three routers and a far end, with rules of netfilter in between. */
const obstacle = labObstacle()
if (obstacle !== undefined) console.warn(`SKIPPED path traces: ${obstacle}`)

const EF = 46
const bleach = (hook: string, dscp = 'cs0') =>
  `table ip t { chain c { type filter hook ${hook} priority -150; udp dport 4000 ip dscp set ${dscp}; } }`

describe.runIf(obstacle === undefined || process.env.CI === 'true')('path', () => {
  let lab: Lab
  let key: LabKey
  let key6: LabKey

  beforeAll(async () => {
    lab = await createLab()
    key = await reflectorAt(lab, 'dc1')
    key6 = await reflectorAt(lab, 'dc1', '[::]:4006')
  })
  afterEach(async () => {
    for (const host of ['r1', 'r2', 'r3', 'dc1']) await lab.nft(host, '')
    for (const host of ['r1', 'r2', 'r3']) {
      lab.ip(host, ...lab.neighbours(host).map((other) => `link set ${other} mtu 1500`))
      await lab.run(host, ['sh', '-c', 'echo 1000 > /proc/sys/net/ipv4/icmp_ratelimit'])
    }
  })
  afterAll(() => lab?.destroy())

  const address = (host: string, towards: string) => lab.address(host, towards).ipv4
  const trace = (count = 1, more: readonly string[] = [], prefix: readonly string[] = []) =>
    pathFrom(
      lab,
      [
        ...['--primary', `${lab.address('dc1').ipv4}:4000`, '--key', key.text],
        ...['--count', String(count), '--no-sip', ...more],
      ],
      prefix,
    )

  test('every hop is named with its mark, and the far end tells what arrived', async () => {
    const { path, code } = await trace()
    expect(path.hops.map((hop) => hop.addresses)).toEqual([
      [address('r1', 'site')],
      [address('r2', 'r1')],
      [address('r3', 'r2')],
    ])
    expect(marksOf(path)).toEqual([EF, EF, EF])
    expect(path).toMatchObject({
      ...{ method: 'raw', reached: true, distance: 4, left: EF, arrived: EF, returned: EF },
      ...{ changes: [], mtu: null, sent: 1, answered: 1 },
    })
    expect(code).toBe(0)
  })

  test('bleached as r2 forwards: the first other quote is hop 3’s, so between hops 2 and 3', async () => {
    await lab.nft('r2', bleach('forward'))
    const { path, code } = await trace()
    expect(marksOf(path)).toEqual([EF, EF, 0])
    expect(path.changes).toMatchObject([{ from: EF, to: 0, after: { ttl: 2 }, at: { ttl: 3 } }])
    expect([path.arrived, code]).toEqual([0, 1])
  })

  test('bleached as r2 receives: hop 2 quotes it already, so between hops 1 and 2', async () => {
    await lab.nft('r2', bleach('prerouting', 'af11'))
    const { path } = await trace()
    expect(marksOf(path)).toEqual([EF, 10, 10])
    expect(path.changes).toMatchObject([{ from: EF, to: 10, after: { ttl: 1 }, at: { ttl: 2 } }])
  })

  test('a mark changed on the way back alone shows at its return, and convicts no hop', async () => {
    const rule = 'udp sport 4000 ip dscp set af11;'
    await lab.nft('r3', `table ip t { chain c { type filter hook forward priority 0; ${rule} } }`)
    const { path, code } = await trace()
    expect(path).toMatchObject({ changes: [], arrived: EF, returned: 10 })
    expect(code).toBe(1)
  })

  test('a silent hop is a gap in what is known: the change lies around it', async () => {
    const silence = 'icmp type time-exceeded drop;'
    await lab.nft(
      'r2',
      `table ip s { chain o { type filter hook output priority 0; ${silence} } }\n${bleach('forward')}`,
    )
    const { path } = await trace()
    expect(path.hops[1]).toMatchObject({ addresses: [], answered: 0, rtt: null })
    expect(path.changes).toMatchObject([{ after: { ttl: 1 }, at: { ttl: 3 } }])
    expect(path).toMatchObject({ reached: true, mtu: null })
  })

  test('a hop that answers rarely loses nothing of the far end', async () => {
    await lab.run('r2', ['sh', '-c', 'echo 60000 > /proc/sys/net/ipv4/icmp_ratelimit'])
    const { path } = await trace(7)
    expect(path.hops[1]!.answered).toBeLessThan(path.sent)
    // A busy machine that answers late is asked once more.
    expect(path.sent).toBeGreaterThanOrEqual(7)
    expect(path).toMatchObject({ answered: path.sent, changes: [], mtu: null })
  })

  test('a filter that says so is named with its code', async () => {
    const rule = 'udp dport 4000 udp length > 150 reject with icmp type admin-prohibited;'
    await lab.nft('r2', `table ip t { chain c { type filter hook forward priority 0; ${rule} } }`)
    const { path, code } = await trace()
    expect(path.hops[1]).toMatchObject({ refusal: { code: 13, filter: true } })
    expect([path.reached, code]).toEqual([false, 2])
  })

  test('a router that names a smaller MTU is believed', async () => {
    lab.ip('r2', 'link set r3 mtu 1400')
    lab.ip('r3', 'link set r2 mtu 1400')
    const { path } = await trace()
    expect(path.mtu).toMatchObject({ how: 'named', nextHop: 1400, octets: 1500, after: { ttl: 2 } })
  })

  test('large packets that vanish without a word are an MTU black hole, localised', async () => {
    const rule = 'udp dport 4000 meta length > 1400 drop;'
    await lab.nft('r2', `table ip t { chain c { type filter hook forward priority 0; ${rule} } }`)
    const { path } = await trace(2)
    expect(path.mtu).toMatchObject({ how: 'silent', after: { ttl: 2 }, at: { ttl: 3 } })
    expect(path).toMatchObject({ reached: true, changes: [] })
  })

  test('IPv6 is traced alike, and its traffic class is quoted', async () => {
    const rule = 'udp dport 4006 ip6 dscp set cs0;'
    await lab.nft('r2', `table ip6 t { chain c { type filter hook forward priority 0; ${rule} } }`)
    const far = `[${lab.address('dc1').ipv6}]:4006`
    const argv = ['--primary', far, '--key', key6.text, '--count', '1', '--no-sip']
    const { path } = await pathFrom(lab, argv)
    expect(path.hops.map((hop) => hop.addresses[0])).toEqual([
      lab.address('r1', 'site').ipv6,
      lab.address('r2', 'r1').ipv6,
      lab.address('r3', 'r2').ipv6,
    ])
    expect(path).toMatchObject({ arrived: 0, changes: [{ after: { ttl: 2 }, at: { ttl: 3 } }] })
  })

  test('without privilege hops are seen and their marks are not; what arrived still is', async () => {
    await lab.nft('r2', bleach('forward'))
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    const { path } = await trace(1, [], [...nobody, '--inh-caps=-all', '--bounding-set=-all'])
    expect(path).toMatchObject({ method: 'returned', left: null, reached: true, arrived: 0 })
    expect(marksOf(path)).toEqual([null, null, null])
    expect(path.hops.map((hop) => hop.addresses[0])).toEqual([
      address('r1', 'site'),
      address('r2', 'r1'),
      address('r3', 'r2'),
    ])
    expect(path.changes).toMatchObject([{ after: { ttl: 0 }, at: { ttl: null } }])
  })

  test('an engine that cannot trace says so', async () => {
    const { path, code } = await trace(1, ['--engine', 'dgram'])
    expect(path).toMatchObject({ method: 'none', hops: [], reached: false, arrived: null })
    expect(path.obstacle).toContain('run on Linux')
    expect(code).toBe(2)
  })

  test('a far end that knows no key of ours is a stranger, and its way is traced all the same', async () => {
    const argv = ['--primary', `${lab.address('dc1').ipv4}:4000`, '--key', `lab:${'x'.repeat(32)}`]
    const { path, code } = await pathFrom(lab, [...argv, '--count', '1', '--no-sip'])
    expect(path.hops.slice(0, 3).map((hop) => hop.addresses[0])).toEqual([
      address('r1', 'site'),
      address('r2', 'r1'),
      address('r3', 'r2'),
    ])
    expect(path).toMatchObject({ reached: false, arrived: null, changes: [] })
    expect(code).toBe(2)
  })

  test('a person reads it within 100 columns, with the owners of the site file', async () => {
    await lab.nft('r2', bleach('forward'))
    const site = lab.file('site.yaml')
    writeFileSync(
      site,
      [
        'format: voip-ready/site/1',
        'site: leeds',
        'profile: pureconnect-rcm',
        `farEnds: { primary: { reflector: ${lab.address('dc1').ipv4}, key: "${key.text}" } }`,
        'owners:',
        '  - { prefix: 10.77.0.0/16, owner: Carrier MPLS }',
        '  - { prefix: 10.77.1.0/24, owner: Customer }',
      ].join('\n'),
    )
    const argv = [process.execPath, MAIN, 'path', '--site', site, '--count', '1', '--no-sip']
    const { stdout } = await lab.run('site', argv, { mayFail: true })
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
    expect(stdout).toMatch(/^ +1 {2}10\.77\.1\.2 +Customer .* EF$/m)
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'mark EF -> CS0 between hop 2 10.77.2.2 (Carrier MPLS) and hop 3 10.77.3.2 (Carrier MPLS)',
    )
  })
})
