import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import type { DhcpObservation } from '../../../shared/record/dhcp.ts'
import type { Judgement } from '../../../shared/verdict/finding.ts'
import { caasDhcpOptions, type DhcpOptions, startDnsmasq } from '../peers/dnsmasq.ts'
import { listening } from '../peers/peer.ts'
import { type Looked, type LookOptions, type NamingLab, namingLab } from './naming-lab.ts'

const OPTIONS = ['DHCP-1', 'DHCP-2', 'DHCP-3', 'DHCP-4', 'DHCP-5'] as const
const PRIMARY = '192.168.0.1'
const CLASS = 'SipPhone'
const FUZZ = fileURLToPath(new URL('fuzz-dhcp.mjs', import.meta.url))
const MAIN = fileURLToPath(new URL('../../../dist/agent/main.js', import.meta.url))
const HTTP = `require('node:http').createServer((_, r) => r.end()).listen(8088)`

const ASKED = {
  probes: ['dhcp'],
  site: { primaryServer: PRIMARY, dhcp: { interface: 'r1', vendorClass: CLASS } },
} as const satisfies LookOptions
const PLAIN = { ...ASKED, site: { primaryServer: PRIMARY, dhcp: { interface: 'r1' } } }

/** dnsmasq on r1 with the contract's options, changed; DNS of the zone on both data centres. */
async function serve(
  { lab, keep }: NamingLab,
  change: DhcpOptions['options'] = {},
  more: Partial<DhcpOptions> = {},
): Promise<void> {
  const options = { ...caasDhcpOptions(PRIMARY), ...change }
  const dhcp = { iface: 'br0', first: '10.77.1.100', last: '10.77.1.120', options, ...more }
  keep(
    await startDnsmasq(lab, 'r1', {}, dhcp),
    ...(await Promise.all([startDnsmasq(lab, 'dc1'), startDnsmasq(lab, 'dc2')])),
  )
}

/** HTTP on 8088 of both data centres, as option 160 wants. */
async function provision({ lab, keep }: NamingLab): Promise<void> {
  for (const host of ['dc1', 'dc2']) {
    const peer = { host, child: lab.spawn(host, [process.execPath, '-e', HTTP]) }
    keep(peer)
    await listening(lab, peer, 'tcp', 8088)
  }
}

function seen({ observations }: Looked): DhcpObservation {
  const found = observations.find((one) => one.kind === 'dhcp')
  if (found === undefined) throw new Error('no DHCP observation')
  return found
}

describe('DHCP lines, from dnsmasq', () => {
  const story = namingLab()

  story('all five pass, and no lease is taken', async (told) => {
    await serve(told)
    await provision(told)
    const looked = await told.look({ ...ASKED, site: { ...ASKED.site, voiceVlan: 100 } })
    for (const id of OPTIONS)
      expect(`${id} ${looked.verdict(id)} ${looked.finding(id).detail}`).toContain(
        `${id} pass as-wanted`,
      )
    const { replies, attempts, http } = seen(looked)
    expect(new Set(replies.map(({ type }) => type))).toEqual(new Set(['ack', 'offer']))
    expect(attempts.every(({ problem }) => problem === '')).toBe(true)
    expect(http.map(({ outcome }) => outcome)).toEqual(['http', 'http'])
    const { stdout } = await told.lab.run('r1', ['cat', told.lab.file('r1-dnsmasq.leases')])
    expect(stdout.trim()).toBe('')
  })

  story(
    'option 6 asked for alone is followed into the zone, without a record named',
    async (told) => {
      await serve(told)
      const looked = await told.look({ ...ASKED, only: ['DHCP-1'] })
      expect(looked.verdict('DHCP-1')).toBe('pass as-wanted')
    },
  )

  story('wrong bytes fail: case of 67, range of 132, another 66', async (told) => {
    await serve(told, { 66: '"192.168.0.2"', 67: '"sip100.img"', 132: '"4096"' })
    const looked = await told.look(ASKED)
    for (const id of ['DHCP-3', 'DHCP-4', 'DHCP-5'])
      expect(`${id} ${looked.verdict(id)}`).toBe(`${id} fail option-wrong`)
    expect(looked.finding('DHCP-4').detail).toContain('"sip100.img" (other case)')
    expect(looked.finding('DHCP-5').detail).toContain('4096 (text)')
  })

  story(
    '132 may be an integer, 0 and 4095 are accepted with a warning, 4096 is not',
    async (told) => {
      for (const [value, verdict, words] of [
        ['100', 'pass as-wanted', '100 (integer)'],
        ['0', 'pass accepted-with-warning', '0 (integer)'],
        ['"4095"', 'pass accepted-with-warning', '4095 (text)'],
        ['4096', 'fail option-wrong', '4096 (integer)'],
      ] as const) {
        await serve(told, { 132: value })
        const looked = await told.look({ ...ASKED, only: ['DHCP-5'] })
        expect(`${value} ${looked.verdict('DHCP-5')}`).toBe(`${value} ${verdict}`)
        expect(looked.finding('DHCP-5').detail).toContain(words)
        await told.end()
      }
    },
  )

  story('what only phones get is open for others, and found with their class', async (told) => {
    await serve(told, {}, { onlyFor: CLASS })
    const stranger = await told.look(PLAIN)
    for (const id of ['DHCP-2', 'DHCP-3', 'DHCP-4', 'DHCP-5'])
      expect(`${id} ${stranger.verdict(id)}`).toBe(`${id} inconclusive vendor-class-needed`)
    const phone = await told.look(ASKED)
    for (const id of ['DHCP-1', 'DHCP-3', 'DHCP-4', 'DHCP-5'])
      expect(`${id} ${phone.verdict(id)}`).toBe(`${id} pass as-wanted`)
    // Nothing answers on 8088 in this story.
    expect(phone.verdict('DHCP-2')).toBe('inconclusive http-unanswered')
    expect(phone.finding('DHCP-2').detail).toContain('192.168.0.1:8088, 192.168.0.2:8088')
  })

  story('asked as a phone, what is missing is missing, save what may be', async (told) => {
    await serve(told, {}, { options: { 6: PRIMARY }, elsewhere: ['dc1', 'dc2'] })
    const looked = await told.look({ ...ASKED, site: inform(ASKED.site) })
    expect(looked.verdict('DHCP-1')).toBe('pass as-wanted')
    for (const id of ['DHCP-2', 'DHCP-3', 'DHCP-4'])
      expect(`${id} ${looked.verdict(id)}`).toBe(`${id} fail option-missing`)
    expect(looked.verdict('DHCP-5')).toBe('pass absent-as-allowed')
    expect(new Set(seen(looked).replies.map(({ type }) => type))).toEqual(new Set(['ack']))
  })

  story('a second server that does not belong there is shown', async (told) => {
    await serve(told)
    await provision(told)
    const options = { 6: '10.77.1.66', 66: '"10.77.1.66"', 67: '"Sip100.img"' }
    const range = { first: '10.77.1.130', last: '10.77.1.140' }
    told.keep(await startDnsmasq(told.lab, 'rogue', {}, { iface: 'r1', ...range, options }))
    const looked = await told.look(ASKED)
    for (const id of ['DHCP-1', 'DHCP-2', 'DHCP-3'])
      expect(`${id} ${looked.verdict(id)}`).toBe(`${id} fail dhcp-servers-differ`)
    const { detail } = looked.finding('DHCP-3')
    expect(detail).toContain('"10.77.1.66", not "192.168.0.1", from 10.77.1.66')
    expect(detail).toContain('2 DHCP servers answer')
    expect(looked.verdict('DHCP-4')).toBe('pass as-wanted')
  })

  story('name servers that do not hold the zone fail, silent ones are open', async (told) => {
    told.keep(await startDnsmasq(told.lab, 'rogue', {}))
    await serve(told, { 6: '10.77.1.66' })
    const looked = await told.look({ ...ASKED, only: ['DHCP-1', 'DHCP-2'] })
    expect(looked.verdict('DHCP-1')).toBe('fail zone-not-served')
    expect(looked.verdict('DHCP-2')).toBe('fail provisioning-unresolved')
    await told.lab.nft('rogue', DROP_DNS)
    const silent = await told.look({ ...ASKED, only: ['DHCP-1', 'DHCP-2'] })
    expect(silent.verdict('DHCP-1')).toBe('inconclusive no-answer')
    expect(silent.verdict('DHCP-2')).toBe('inconclusive no-answer')
  })

  story(
    'the DNS probe asks the servers that option 6 names, short names by option 15',
    async (told) => {
      await serve(told, { 6: '192.168.0.1,192.168.0.2', 15: 'customer.local' })
      told.lab.resolver('site', [])
      const records = { 'SRV-1': { target: 'server001.caas.local' } }
      const looked = await told.look({
        probes: ['dhcp', 'dns'],
        only: ['DNS-1', 'DHCP-1', 'DNS-5', 'SRV-1'],
        site: { dhcp: ASKED.site.dhcp, dns: { asPrinted: true, records } },
      })
      const dns = looked.observations.find((one) => one.kind === 'dns')
      expect(dns?.servers).toEqual([
        { address: '192.168.0.1', origins: ['dhcp'] },
        { address: '192.168.0.2', origins: ['dhcp'] },
      ])
      for (const id of ['DHCP-1', 'DNS-1', 'DNS-5'])
        expect(`${id} ${looked.verdict(id)}`).toBe(`${id} pass as-wanted`)
      // The other line's target is the printed one, which nobody serves: so this record is one too many.
      expect(looked.verdict('SRV-1')).toBe('fail dns-extra')
    },
  )
})

describe('check', () => {
  const story = namingLab()

  story('--only DNS-3,DHCP-2 looks at DHCP first and asks the servers it names', async (told) => {
    await serve(told)
    await provision(told)
    told.lab.resolver('site', [])
    const file = told.lab.file('site.yaml')
    const far = { reflector: '192.168.0.1', key: `lab:${'0'.repeat(32)}` }
    const site = {
      ...{ format: 'voip-ready/site/1', site: 'lab', profile: 'pureconnect-rcm' },
      farEnds: { primary: far },
      ...{ dhcp: ASKED.site.dhcp, dns: { asPrinted: true } },
    }
    writeFileSync(file, JSON.stringify(site))
    const { stdout, code } = await told.lab.run(
      'site',
      [process.execPath, MAIN, '--json', 'check', '--site', file, '--only', 'DNS-3,DHCP-2'],
      { mayFail: true, timeoutMs: 60_000 },
    )
    const { judgement } = JSON.parse(stdout) as { judgement: Judgement }
    const said = judgement.findings.map(({ id, verdict, reason }) => `${id} ${verdict} ${reason}`)
    expect(said.sort()).toEqual(['DHCP-2 pass as-wanted', 'DNS-3 pass as-wanted'])
    expect(code).toBe(0)
  })
})

describe('DHCP lines that cannot be looked at', () => {
  const story = namingLab()

  story('nobody answers: open, and it says where was asked', async (told) => {
    const looked = await told.look(ASKED)
    for (const id of OPTIONS) expect(looked.verdict(id)).toBe('inconclusive no-answer')
    expect(looked.finding('DHCP-4').detail).toContain('asked on r1 (10.77.1.1)')
  })

  story('port 68 taken or not permitted: open, with the way out', async ({ lab, keep, look }) => {
    const as = ['setpriv', '--reuid', '65534', '--clear-groups', '--']
    const rootless = await look({ ...ASKED, as })
    expect(rootless.verdict('DHCP-1')).toBe('inconclusive not-permitted')
    expect(rootless.finding('DHCP-1').advice).toContain('CAP_NET_BIND_SERVICE')
    const argv = [process.execPath, '-e', `require('node:dgram').createSocket('udp4').bind(68)`]
    const client = { host: 'site', child: lab.spawn('site', argv) }
    keep(client)
    await listening(lab, client, 'udp', 68)
    const taken = await look(ASKED)
    expect(taken.verdict('DHCP-1')).toBe('inconclusive port-taken')
    const nowhere = await look({ ...ASKED, site: { dhcp: { interface: 'eth7' } } })
    expect(nowhere.verdict('DHCP-1')).toBe('inconclusive no-interface')
  })

  story('malformed answers never pass, and a right one among them still counts', async (told) => {
    const child = told.lab.spawn('r1', [process.execPath, FUZZ, 'malformed', '10.77.1.2', '7'])
    const liar = { host: 'r1', child }
    told.keep(liar)
    await listening(told.lab, liar, 'udp', 67)
    const looked = await told.look(ASKED)
    for (const id of OPTIONS)
      expect(`${id} ${looked.finding(id).verdict}`).toBe(`${id} inconclusive`)
    expect(seen(looked).malformed).toBeGreaterThan(0)
    expect(seen(looked).replies).toEqual([])
    const honest = told.lab.spawn('rogue', [process.execPath, FUZZ, 'right', '10.77.1.66', '7'])
    told.keep({ host: 'rogue', child: honest })
    await listening(told.lab, { host: 'rogue', child: honest }, 'udp', 67)
    const both = await told.look({ ...ASKED, only: ['DHCP-4'] })
    expect(both.verdict('DHCP-4')).toBe('pass as-wanted')
  })
})

const DROP_DNS =
  'table inet f { chain i { type filter hook input priority 0; udp dport 53 drop; } }'

/** The same site, asked by INFORM alone. */
function inform(site: { readonly dhcp: object }): object {
  return { ...site, dhcp: { ...site.dhcp, discover: false } }
}
