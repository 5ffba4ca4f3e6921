import { describe, expect } from 'vitest'
import { CAAS_ZONE, type DnsOptions, startDnsmasq } from '../peers/dnsmasq.ts'
import { startFuzzDns } from './fuzz-dns.ts'
import { type LookOptions, type NamingLab, namingLab } from './naming-lab.ts'

const PRIMARY = '192.168.0.1'
const SECONDARY = '192.168.0.2'
const HOSTS = ['DNS-1', 'DNS-2', 'DNS-3', 'DNS-4', 'DNS-5', 'DNS-6'] as const
const SERVICES = ['SRV-1', 'SRV-2'] as const
/** Targets that exist, in the place of the handbook's. */
const RECORDS = {
  'SRV-1': { target: 'server001.caas.local' },
  'SRV-2': { target: 'server002.caas.local' },
}
const ASKED: LookOptions = {
  probes: ['dns'],
  site: { dns: { servers: [PRIMARY, SECONDARY], asPrinted: true, records: RECORDS } },
}
const AS_PRINTED: LookOptions = {
  probes: ['dns'],
  site: { dns: { servers: [PRIMARY, SECONDARY], asPrinted: true } },
}
const srv = (target: string, port = 5060, weight = 0) => ({
  ...{ name: '_sip._udp.caas.local', priority: 0 },
  ...{ target, port, weight },
})

async function serve({ lab, keep }: NamingLab, one: DnsOptions, two = one): Promise<void> {
  keep(...(await Promise.all([startDnsmasq(lab, 'dc1', one), startDnsmasq(lab, 'dc2', two)])))
  lab.resolver('site', [PRIMARY], ['customer.local'])
}

describe('DNS lines, from dnsmasq', () => {
  const story = namingLab()

  story('all eight pass where both servers hold the zone', async (told) => {
    await serve(told, CAAS_ZONE)
    const looked = await told.look(ASKED)
    for (const id of [...HOSTS, ...SERVICES])
      expect(`${id} ${looked.verdict(id)} ${looked.finding(id).detail}`).toContain(
        `${id} pass as-wanted`,
      )
    expect(looked.finding('DNS-5').detail).toContain(`${PRIMARY}, ${SECONDARY}`)
    expect(looked.finding('DNS-3').detail).toContain("this host's resolver finds it too")
  })

  story('the contract as printed fails: its service records point nowhere', async (told) => {
    const targets = ['server0001.caas.local', 'server0002.caas.local']
    await serve(told, { ...CAAS_ZONE, srv: targets.map((target) => srv(target)) })
    const looked = await told.look(AS_PRINTED)
    for (const id of SERVICES) expect(looked.verdict(id)).toBe('fail dns-dangling-target')
    for (const id of HOSTS) expect(looked.verdict(id)).toBe('pass as-wanted')
  })

  story('two servers that differ are named, with what each says', async (told) => {
    const moved = (CAAS_ZONE.hosts ?? []).map(([address, ...names]) =>
      names.includes('server001.caas.local')
        ? (['192.168.0.77', ...names] as const)
        : ([address, ...names] as const),
    )
    await serve(told, CAAS_ZONE, { ...CAAS_ZONE, hosts: moved })
    const looked = await told.look(ASKED)
    expect(looked.verdict('DNS-3')).toBe('fail dns-disagreement')
    expect(looked.finding('DNS-3').detail).toMatch(
      /192\.168\.0\.77, not 192\.168\.0\.1, from 192\.168\.0\.2; 192\.168\.0\.1 from 192\.168\.0\.1/,
    )
    expect(looked.verdict('DNS-4')).toBe('pass as-wanted')
  })

  story('wrong values, missing names and extra records fail, each by its name', async (told) => {
    const hosts = [
      ['192.168.0.9', 'server001.customer.local', 'server001.caas.local'],
      ['192.168.0.1', 'caasprovision.caas.local'],
      ['192.168.0.2', 'caasprovision.caas.local', 'server002.customer.local'],
      ['192.168.0.3', 'caasprovision.caas.local'],
      ['fd77::1', 'server002.caas.local'],
    ] as const
    const zone = { ...CAAS_ZONE, hosts, srv: [srv('server001.caas.local', 5061)] }
    await serve(told, zone)
    const looked = await told.look(ASKED)
    expect(looked.verdict('DNS-1')).toBe('fail dns-wrong-value')
    expect(looked.verdict('DNS-2')).toBe('pass as-wanted')
    expect(looked.verdict('DNS-4')).toBe('fail dns-empty')
    expect(looked.verdict('DNS-5')).toBe('fail dns-extra')
    expect(looked.finding('DNS-6').detail).toContain('unexpected 192.168.0.3')
    expect(looked.verdict('SRV-1')).toBe('fail dns-wrong-value')
    expect(looked.finding('SRV-1').detail).toContain('0 0 5061 server001.caas.local')
  })

  story('absent names are named so; a third service record is one too many', async (told) => {
    const names = ['server001.caas.local', 'server002.caas.local']
    const three = [...names, 'caasprovision.caas.local'].map((name) => srv(name))
    await serve(told, { ...CAAS_ZONE, srv: three, hosts: CAAS_ZONE.hosts!.slice(1) })
    const looked = await told.look(ASKED)
    expect(looked.verdict('DNS-1')).toBe('fail dns-no-such-name')
    expect(looked.verdict('SRV-2')).toBe('fail dns-extra')
    const none = await told.look({
      ...ASKED,
      only: ['SRV-1'],
      site: { ...ASKED.site, dnsZone: 'other.local' },
    })
    expect(none.verdict('SRV-1')).toMatch(/^fail dns-server-error/)
  })

  story('no service record at all is a missing name', async (told) => {
    await serve(told, { ...CAAS_ZONE, srv: [] })
    const looked = await told.look(ASKED)
    expect(looked.verdict('SRV-1')).toBe('fail dns-no-such-name')
  })

  story('an answer too long for UDP is asked for again by TCP, and judged whole', async (told) => {
    const many = Array.from({ length: 30 }, (_, i) => srv(`a-rather-long-name-${i}.caas.local`))
    await serve(told, { ...CAAS_ZONE, srv: many })
    const looked = await told.look({ ...ASKED, only: ['SRV-1'] })
    expect(looked.verdict('SRV-1')).toBe('fail dns-wrong-value')
    expect(looked.finding('SRV-1').detail).toContain('cut off on UDP, asked by TCP')
    await told.lab.nft('dc1', DROP_TCP)
    await told.lab.nft('dc2', DROP_TCP)
    const cut = await told.look({ ...ASKED, only: ['SRV-1'] })
    expect(cut.verdict('SRV-1')).toBe('inconclusive no-answer')
    expect(cut.finding('SRV-1').detail).toContain('cut off on UDP, no answer by TCP')
  })

  story('a silent server leaves the line open, however right the other is', async (told) => {
    await serve(told, CAAS_ZONE)
    await told.lab.nft(
      'dc2',
      'table inet f { chain i { type filter hook input priority 0; udp dport 53 drop; } }',
    )
    const looked = await told.look({ ...ASKED, only: ['DNS-3', 'SRV-1'] })
    expect(looked.verdict('DNS-3')).toBe('inconclusive no-answer')
    expect(looked.finding('DNS-3').detail).toContain('silence from 192.168.0.2')
    expect(looked.verdict('SRV-1')).toBe('inconclusive no-answer')
  })

  story('nobody listening is told apart from silence, and still no verdict', async (told) => {
    const looked = await told.look({ ...ASKED, only: ['DNS-3'] })
    expect(looked.verdict('DNS-3')).toBe('inconclusive no-answer')
    expect(looked.finding('DNS-3').detail).toContain('unreachable (ECONNREFUSED)')
  })

  story('a short name needs its search suffix', async (told) => {
    await serve(told, CAAS_ZONE)
    told.lab.resolver('site', [PRIMARY])
    const looked = await told.look({ ...ASKED, only: ['DNS-1', 'DNS-3'] })
    expect(looked.verdict('DNS-1')).toBe('inconclusive short-name-unproven')
    expect(looked.verdict('DNS-3')).toBe('pass as-wanted')
  })

  story("the host's own servers are asked where nobody names any, and it says so", async (told) => {
    await serve(told, CAAS_ZONE)
    const dns = { asPrinted: true, records: RECORDS }
    const looked = await told.look({ probes: ['dns'], site: { dns }, only: ['DNS-3'] })
    expect(looked.verdict('DNS-3')).toBe('pass as-wanted')
    expect(looked.finding('DNS-3').detail).toContain("this host's own servers")
    told.lab.resolver('site', [])
    const nobody = await told.look({ probes: ['dns'], site: { dns }, only: ['DNS-3'] })
    expect(nobody.verdict('DNS-3')).toBe('inconclusive no-dns-server')
  })

  story(
    "without the site's values nothing is asked, as without root nothing is lost",
    async (told) => {
      await serve(told, CAAS_ZONE)
      const servers = [PRIMARY, SECONDARY]
      const none = await told.look({ probes: ['dns'], site: { dns: { servers } }, only: ['DNS-3'] })
      expect(none.observations).toEqual([])
      expect(none.verdict('DNS-3')).toBe('not-tested needs-site-value')
      const as = ['setpriv', '--reuid', '65534', '--clear-groups', '--']
      const looked = await told.look({ ...ASKED, as })
      for (const id of [...HOSTS, ...SERVICES]) expect(looked.verdict(id)).toBe('pass as-wanted')
    },
  )
})

const DROP_TCP =
  'table inet f { chain i { type filter hook input priority 0; tcp dport 53 drop; } }'

describe('DNS lines, from a server that lies', () => {
  const story = namingLab()
  const ONE: LookOptions = {
    probes: ['dns'],
    only: ['DNS-3', 'DNS-5', 'SRV-1'],
    site: { dns: { servers: [PRIMARY], asPrinted: true, records: RECORDS } },
  }

  story('SERVFAIL and REFUSED fail', async ({ lab, keep, look }) => {
    for (const [mode, words] of [
      ['servfail', 'SERVFAIL'],
      ['refused', 'REFUSED'],
    ] as const) {
      const peer = await startFuzzDns(lab, 'dc1', mode, PRIMARY)
      keep(peer)
      const looked = await look(ONE)
      expect(looked.verdict('DNS-3')).toBe('fail dns-server-error')
      expect(looked.finding('DNS-3').detail).toContain(words)
      await peer.child.stop()
    }
  })

  story(
    'answers with a wrong id, question or source are not believed, the right one is waited for',
    async ({ lab, keep, look }) => {
      keep(await startFuzzDns(lab, 'dc1', 'forged-then-right', PRIMARY))
      const looked = await look({ ...ONE, only: ['DNS-3'] })
      expect(looked.verdict('DNS-3')).toBe('pass as-wanted')
      expect(looked.finding('DNS-3').detail).toContain('datagrams not believed')
    },
  )

  story(
    'a server that answers from another of its addresses is silent, and that address named',
    async ({ lab, keep, look }) => {
      keep(await startFuzzDns(lab, 'dc1', 'refused', null))
      const looked = await look({ ...ONE, only: ['DNS-3'] })
      expect(looked.verdict('DNS-3')).toBe('inconclusive no-answer')
      expect(looked.finding('DNS-3').detail).toMatch(/answers from 10\.77\.\d\.\d not believed/)
    },
  )

  story('forged answers alone are silence', async ({ lab, keep, look }) => {
    keep(await startFuzzDns(lab, 'dc1', 'forged', PRIMARY))
    const looked = await look(ONE)
    for (const id of ONE.only ?? []) expect(looked.verdict(id)).toBe('inconclusive no-answer')
  })

  story('malformed answers never pass', async ({ lab, keep, look }) => {
    keep(await startFuzzDns(lab, 'dc1', 'malformed', PRIMARY))
    const looked = await look(ONE)
    for (const id of ONE.only ?? []) {
      expect(looked.finding(id).verdict).not.toBe('pass')
      expect(looked.finding(id).verdict).not.toBe('not-tested')
    }
  })
})
