import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { loadProfile } from '../../../config/load.ts'
import { countPorts } from '../../../shared/profile/ports.ts'
import type { Child } from '../child.ts'
import { startChrony } from '../peers/chrony.ts'
import { startSipp } from '../peers/sipp.ts'
import { startSnmpd } from '../peers/snmpd.ts'
import { labObstacle } from '../scenario.ts'
import { createLab, type Lab } from '../topology.ts'
import {
  findingsOf,
  foreignListener,
  keyOf,
  runPorts,
  SERVERS,
  type SiteKeys,
  seenOf,
  startFarEnd,
} from './far-ends.ts'

const obstacle = labObstacle()
if (obstacle !== undefined && process.env.CI !== 'true')
  console.warn(`SKIPPED ports in the lab: ${obstacle}`)

let lab: Lab
let keys: SiteKeys
let secondary: Child

/** Rows whose hosts a site file must give. */
const OF_SITE = ['DER-4 missing: ports.DER-4.hosts', 'DER-5 missing: ports.DER-5.hosts']

/** Filters on the middle router, each on ports of its own; `s` and `d` are site and primary. */
const filter = (rules: string) => `
  define s = ${lab.address('site').ipv4}
  define d = 192.168.0.1
  table ip lab {
    chain forward { type filter hook forward priority 0; ${rules} }
  }`

describe.runIf(obstacle === undefined || process.env.CI === 'true')('ports in the lab', () => {
  beforeAll(async () => {
    lab = await createLab()
    keys = { dc1: keyOf(lab, 'dc1'), dc2: keyOf(lab, 'dc2') }
    await startFarEnd(lab, 'dc1')
    secondary = await startFarEnd(lab, 'dc2')
  })
  afterEach(async () => {
    for (const host of ['r1', 'r2']) await lab.nft(host, '')
  })
  afterAll(async () => await lab?.destroy())

  test('all 50 rows with 298 pairs pass both ways at both data centres when all is open', async () => {
    const rows = new Map<string, Parameters<typeof countPorts>[0][number]>()
    for (const profile of ['pureconnect-lcm', 'pureconnect-rcm'] as const) {
      const result = await runPorts(lab, keys, { profile, path: 'Internet' })
      const wrong = result.judgement.findings.filter((found) => found.verdict !== 'pass')
      // The phones' own DNS and DHCP servers are not at the far end.
      expect(wrong.map(({ id, detail }) => `${id} ${detail}`)).toEqual(OF_SITE)
      expect(result.judgement.overall).toBe('READY')
      console.info(`${profile}: all open, both ways, two data centres: ${result.seconds} s`)
      const { requirements } = (await loadProfile(profile)).profile
      for (const row of requirements)
        if (row.kind === 'ports' && row.table !== 'DER') rows.set(row.id, row)
    }
    expect(countPorts([...rows.values()])).toMatchObject({ rows: 50, pairs: 298 })
  })

  test('each state of the out leg is named by its cause, and nothing else is hurt', async () => {
    await foreignListener(lab, 'r2', [9998], 'SSH-2.0-somebody\r\n')
    await foreignListener(lab, 'r2', [9999], '')
    await lab.nft(
      'r2',
      `${filter(`
        ip saddr $s ip daddr $d tcp dport 8106 drop;
        ip saddr $s ip daddr $d tcp dport 8107 reject with tcp reset;
        ip saddr $s ip daddr $d tcp dport 3952 reject with icmp type admin-prohibited;
        ip saddr $s ip daddr $d udp dport 5060 drop;
        ip saddr $d ip daddr $s udp sport 8060 drop;
        ip saddr $s ip daddr $d udp dport 8088 reject with icmp type admin-prohibited;
        ip saddr $s ip daddr $d udp dport 8089 reject with icmp type port-unreachable;`)}
      table ip change {
        chain pre { type nat hook prerouting priority -100;
          ip saddr $s ip daddr $d tcp dport 8018 redirect to :9998;
          ip saddr $s ip daddr $d tcp dport 8019 redirect to :9999;
          ip saddr $s ip daddr $d tcp dport 2633 dnat to $d:5597;
        }
      }`,
    )
    const r2 = lab.address('r2', 'r1').ipv4
    const only = ['RCM-04', 'RCM-05', 'RCM-06', 'RCM-09', 'RCM-03']
    const ticket = lab.file('ticket')
    const result = await runPorts(lab, keys, { only, ticket })
    const seen = (name: string) => seenOf(result, 'primary', 'out', name)
    expect(seen('tcp 8106')).toBe('filtered')
    expect(seen('tcp 8107')).toBe('refused')
    expect(seen('tcp 3952')).toMatch(
      `unreachable icmp 3/13 (administratively prohibited: a filter) from ${r2}`,
    )
    expect(seen('tcp 8018')).toBe('intercepted another voice answered')
    expect(seen('tcp 8019')).toBe('intercepted handshake, but no answer to our question')
    expect(seen('tcp 2633')).toBe('intercepted redirected to port 5597')
    expect(seen('udp 5060')).toBe('blocked-out')
    expect(seen('udp 8060')).toBe('blocked-back')
    expect(seen('udp 8088')).toMatch(/^unreachable icmp 3\/13 .* from /)
    expect(seen('udp 8089')).toBe(`unreachable icmp 3/3 (port unreachable) from ${r2}`)
    expect(seen('tcp 5597')).toBe('open')

    const failed = findingsOf(result, 'primary').filter(({ verdict }) => verdict === 'fail')
    expect(failed.map(({ id, leg }) => `${id} ${leg}`).sort()).toEqual([
      'RCM-04 out',
      'RCM-05 out',
      'RCM-06 out',
      'RCM-09 out',
    ])
    expect(failed.find(({ id }) => id === 'RCM-06')?.detail).toBe(
      'tcp 8106 filtered, tcp 8107 refused',
    )
    expect(new Set(findingsOf(result, 'secondary').map(({ verdict }) => verdict))).toEqual(
      new Set(['pass']),
    )

    expect(result.observations.map(({ seenAs }) => seenAs)).toEqual([undefined, undefined])
    const csv = readFileSync(`${ticket}.csv`, 'utf8')
    const site = lab.address('site').ipv4
    // DER rows and others of the table share the ports; RCM-08 was not asked for, yet wants them too.
    expect(csv).toContain(`CR-1,${site} (lab),192.168.0.1,tcp,8106,dropped without an answer,`)
    expect(csv).not.toContain('192.168.0.2')
    expect(readFileSync(`${ticket}.txt`, 'utf8')).toContain('udp 5060')
  })

  test('each state of the back leg is named by its cause', async () => {
    await foreignListener(lab, 'r2', [9997], 'HTTP/1.1 400 Bad Request\r\n\r\n')
    const held = await foreignListener(lab, 'site', [3508], '')
    await lab.nft(
      'r2',
      `${filter(`
        ip saddr $d ip daddr $s tcp dport 143 drop;
        ip saddr $d ip daddr $s tcp dport 993 reject with tcp reset;
        ip saddr $d ip daddr $s tcp dport 443 reject with icmp type admin-prohibited;
        ip saddr $d ip daddr $s udp dport 5060 drop;
        ip saddr $s ip daddr $d udp sport 8060 drop;
        ip saddr $d ip daddr $s udp dport 8088 reject with icmp type admin-prohibited;`)}
      table ip change {
        chain pre { type nat hook prerouting priority -100;
          ip saddr $d ip daddr $s tcp dport 80 redirect to :9997;
        }
      }`,
    )
    const only = ['RCM-02', 'RCM-05', 'RCM-10', 'RCM-11']
    const result = await runPorts(lab, keys, { only })
    held.kill()
    const seen = (name: string) => seenOf(result, 'primary', 'back', name)
    expect(seen('tcp 143')).toBe('filtered')
    expect(seen('tcp 993')).toBe('refused')
    expect(seen('tcp 443')).toBe('unreachable icmp code 13')
    expect(seen('tcp 80')).toBe('intercepted another than this host answered')
    expect(seen('udp 5060')).toBe('blocked-back')
    expect(seen('udp 8060')).toBe('blocked-out')
    expect(seen('udp 8088')).toBe('unreachable icmp code 13')
    expect(seen('udp 8089')).toBe('open')
    expect(seen('tcp 3508')).toBe('not-tested another process on this host holds it')
    expect(seen('tcp 8114')).toBe('open')
    const chat = findingsOf(result, 'primary').find(({ id }) => id === 'RCM-02')
    expect(chat).toMatchObject({ verdict: 'not-tested', reason: 'port-not-tested' })
  })

  test('behind a NAT the way out passes, and the way in only where it is mapped', async () => {
    await lab.nft(
      'r1',
      `table ip nat {
        chain post { type nat hook postrouting priority 100; oifname "r2" masquerade; }
        chain pre { type nat hook prerouting priority -100;
          iifname "r2" tcp dport 143 dnat to ${lab.address('site').ipv4};
        }
      }`,
    )
    const outside = lab.address('r1', 'r2').ipv4
    const ticket = lab.file('nat-ticket')
    const result = await runPorts(lab, keys, { only: ['RCM-05', 'RCM-06', 'RCM-10'], ticket })
    expect(result.observations.map(({ seenAs }) => seenAs)).toEqual([outside, outside])
    for (const farEnd of ['primary', 'secondary'] as const) {
      for (const name of ['tcp 8106', 'udp 5060', 'udp 8089'])
        expect(seenOf(result, farEnd, 'out', name)).toBe('open')
      expect(seenOf(result, farEnd, 'back', 'tcp 143')).toBe('open')
      expect(seenOf(result, farEnd, 'back', 'tcp 993')).toBe('refused')
      expect(seenOf(result, farEnd, 'back', 'udp 5060')).not.toMatch(/^open/)
      // The router refused, not this host, and where it leads other hosts nobody here can say.
      const found = (id: string, leg: string) =>
        findingsOf(result, farEnd).find((one) => one.id === id && one.leg === leg)
      expect(found('RCM-10', 'back')).toMatchObject({
        ...{ verdict: 'inconclusive', reason: 'port-behind-nat' },
        detail: expect.stringContaining(`tcp 993 refused`),
      })
      expect(found('RCM-10', 'back')?.detail).toContain(`dialled at ${outside}, a NAT's address`)
      expect(found('RCM-06', 'out')).toMatchObject({ verdict: 'pass' })
    }
    expect(result.judgement.overall).toBe('CANNOT SAY')
    const csv = readFileSync(`${ticket}.csv`, 'utf8')
    const site = lab.address('site').ipv4
    expect(csv).toContain(`192.168.0.1,"${outside}, the NAT of ${site} (lab)",tcp,993,`)
    expect(csv).toContain('not mapped at the NAT to the host behind it, or refused on the way')
    expect(csv).not.toContain(`,${site} (lab),`)
  })

  test('without root, ports that need it are not tested at this end, and all others are', async () => {
    const behind = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--']
    const result = await runPorts(lab, keys, { only: ['RCM-05', 'RCM-06', 'RCM-10'], behind })
    expect(seenOf(result, 'primary', 'back', 'tcp 143')).toMatch(
      /^not-tested this host is not permitted/,
    )
    expect(seenOf(result, 'primary', 'back', 'udp 5060')).toBe('open')
    expect(seenOf(result, 'primary', 'out', 'tcp 8106')).toBe('open')
  })

  test('with every port dropped nothing passes, and the run is bounded', async () => {
    await lab.nft('r2', filter('udp dport 4000 accept; udp sport 4000 accept; drop;'))
    const ticket = lab.file('dropped-ticket')
    const result = await runPorts(lab, keys, { profile: 'pureconnect-lcm', ticket })
    console.info(`all ports dropped, control open: ${result.seconds} s`)
    const other = result.judgement.findings.filter(({ verdict }) => verdict !== 'fail')
    // What is shut on this circuit says nothing of the Internet, and nobody is asked to open it here.
    const elsewhere = ['LCM-10', 'MAINT-01', 'MAINT-02'].map(
      (id) => `${id} missing: ports.${id}.hosts`,
    )
    expect(other.map(({ id, detail }) => `${id} ${detail}`).sort()).toEqual([
      ...OF_SITE,
      ...elsewhere,
    ])
    const asked = readFileSync(`${ticket}.csv`, 'utf8')
    expect(asked).toContain('LCM-09')
    expect(asked).not.toMatch(/LCM-10|MAINT-0[12]/)
    const states = new Set(
      result.observations.flatMap(({ legs }) =>
        (['out', 'back'] as const).flatMap((leg) =>
          legs[leg].map((g) => `${leg} ${g.proto} ${g.state}`),
        ),
      ),
    )
    expect([...states].sort()).toEqual([
      'back tcp filtered',
      'back udp blocked-back',
      'out tcp filtered',
      'out udp blocked-out',
    ])
  })

  test('the rules that a ticket asks for, and no others, open every row and the whole voice range', async () => {
    const control = 'udp dport 4000 accept; udp sport 4000 accept;'
    await lab.nft('r2', filter(`${control} drop;`))
    const ticket = lab.file('whole-ticket')
    const shut = await runPorts(lab, keys, { ticket, path: 'Internet' })
    expect(shut.judgement.overall).toBe('NOT READY')
    const csv = readFileSync(`${ticket}.csv`, 'utf8').trim().split('\r\n').slice(1)
    const rules = csv.map((line) => {
      const [, source = '', destination, proto, ports = ''] = line.split(',')
      const from = `ip saddr ${source.split(' ')[0]} ip daddr ${destination?.split(' ')[0]}`
      return `${from} ${proto} dport { ${ports.replaceAll(' ', ', ')} } accept;`
    })
    // A call takes any port of the range, not the ten that were tried.
    expect(rules.filter((rule) => rule.includes('16384-32767'))).toHaveLength(4)
    // The phones' own DNS and DHCP servers are not at the far end.
    expect(rules.join('\n')).not.toMatch(/[ {](53|67-6[89]) /)
    const text = readFileSync(`${ticket}.txt`, 'utf8')
    expect(text).not.toMatch(/-$/m)
    expect(text.split('\n').filter((line) => line.length > 100)).toEqual([])

    await lab.nft(
      'r2',
      filter(`ct state established,related accept; ${control} ${rules.join('\n')} drop;`),
    )
    const after = await runPorts(lab, keys, { ticket, path: 'Internet' })
    const failing = after.judgement.findings.filter(({ verdict }) => verdict === 'fail')
    expect(failing.map(({ id, leg, reason, detail }) => [id, leg, reason, detail])).toEqual([])
    expect(after.judgement.overall).toBe('READY')
    expect(readFileSync(`${ticket}.txt`, 'utf8')).toBe(
      'site lab: no port that was tested needs to be opened\n' +
        'not decided, so not asked for (voip-ready ports says why): DER-4, DER-5\n',
    )
  })

  test('with everything dropped, control too, nothing passes and nothing is convicted', async () => {
    await lab.nft('r2', filter('drop;'))
    const result = await runPorts(lab, keys, { profile: 'pureconnect-lcm' })
    console.info(`everything dropped: ${result.seconds} s`)
    expect(result.observations.map(({ responder }) => responder)).toEqual(['silent', 'silent'])
    const words = new Set(result.judgement.findings.map(({ verdict }) => verdict))
    expect(words).toEqual(new Set(['inconclusive', 'not-tested']))
  })

  test('a port that another process holds is not listening, by name; a stopped responder passes nothing', async () => {
    await secondary.stop()
    const down = await runPorts(lab, keys, { only: ['RCM-05', 'RCM-06'] })
    expect(findingsOf(down, 'secondary').map(({ verdict }) => verdict)).not.toContain('pass')
    expect(seenOf(down, 'secondary', 'out', 'tcp 8106')).toBe('refused')

    // A stranger answers in its place: his handshake is not the responder's.
    const stranger = await foreignListener(lab, 'dc2', [8106, 8107], 'hello\r\n')
    const foreign = await runPorts(lab, keys, { only: ['RCM-06'] })
    expect(findingsOf(foreign, 'secondary')).toMatchObject([
      { verdict: 'inconclusive', reason: 'no-responder' },
    ])

    secondary = await startFarEnd(lab, 'dc2')
    expect(secondary.output()).toMatch(
      /not listening \(another process holds it\): tcp 192\.168\.0\.2 8106, tcp 192\.168\.0\.2 8107/,
    )
    const held = await runPorts(lab, keys, { only: ['RCM-05', 'RCM-06'] })
    expect(seenOf(held, 'secondary', 'out', 'tcp 8106')).toBe(
      'not-listening another process at the responder holds it, or its own SIP mirror (--sip-port)',
    )
    expect(findingsOf(held, 'secondary').find(({ id }) => id === 'RCM-06')).toMatchObject({
      verdict: 'inconclusive',
      reason: 'not-listening',
    })
    stranger.kill()
  })

  test('hosts that the site names are tested as they are, and a pass says what it rests on', async () => {
    const real = await foreignListener(lab, 'r2', [9352], 'welcome\r\n')
    await lab.nft(
      'r2',
      'table ip lab { chain in { type filter hook input priority 0; tcp dport 8107 drop; } }',
    )
    const host = lab.address('r2', 'r1').ipv4
    const site = `ports:\n  RCM-06: { hosts: [${host}] }\n  RCM-07: { hosts: [${host}] }`
    const result = await runPorts(lab, keys, { only: ['RCM-06', 'RCM-07'], site })
    const [closed, open] = ['RCM-06', 'RCM-07'].map((id) =>
      result.judgement.findings.find((found) => found.id === id),
    )
    expect(open).toMatchObject({ farEnd: 'none', verdict: 'pass', reason: 'handshake-only' })
    expect(closed).toMatchObject({ farEnd: 'none', verdict: 'fail' })
    expect(closed?.detail).toBe('tcp 8106 refused, tcp 8107 filtered')
    real.kill()
  })

  test("beside a site point the data centre's own reflector is asked, and nothing of the site point", async () => {
    // The second server stands in for the site point: it knows another key, and is never asked.
    const primary = `reflector: ${SERVERS.dc2}, at: site, responder: ${SERVERS.dc1}`
    const ticket = lab.file('site-point')
    const found = await runPorts(lab, keys, { only: ['RCM-06'], primary, ticket })
    expect(findingsOf(found, 'primary')).toMatchObject([{ verdict: 'pass', reason: 'ports-open' }])
    const alone = `reflector: ${SERVERS.dc1}, at: site`
    const none = await runPorts(lab, keys, { only: ['RCM-06'], primary: alone })
    expect(findingsOf(none, 'primary')).toMatchObject([
      { verdict: 'not-tested', reason: 'needs-site-value' },
    ])
    expect(none.observations.map(({ farEnd }) => farEnd)).toEqual(['secondary'])
  })

  test('real servers are asked in their own protocol where they have one', async () => {
    const host = lab.address('r2', 'r1').ipv4
    await startChrony(lab, 'r2')
    await startSnmpd(lab, 'r2', {})
    await startSipp(lab, 'r2', { address: host, status: '404 Not Found' })
    const ids = ['MON-SRV-07', 'MON-HW-04', 'RCM-05', 'MON-SRV-02']
    const rows = ids.map((id) => `  ${id}: { hosts: [${host}], initiator: site }`)
    const result = await runPorts(lab, keys, { only: ids, site: `ports:\n${rows.join('\n')}` })
    const found = (id: string) => result.judgement.findings.find((one) => one.id === id)
    expect(found('MON-SRV-07')).toMatchObject({ verdict: 'pass', reason: 'handshake-only' })
    expect(found('MON-HW-04')).toMatchObject({ verdict: 'pass', reason: 'handshake-only' })
    expect(found('MON-SRV-02')).toMatchObject({
      verdict: 'inconclusive',
      reason: 'one-way-protocol',
    })
    expect(seenOf(result, 'none', 'out', 'udp 5060')).toBe('open')
    expect(seenOf(result, 'none', 'out', 'udp 8060')).toMatch(/^refused/)
  })
})
