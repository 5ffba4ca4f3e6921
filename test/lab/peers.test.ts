import { describe, expect } from 'vitest'
import { eventually } from './command.ts'
import { queryOffset, startChrony } from './peers/chrony.ts'
import { CAAS_ZONE, caasDhcpOptions, startDnsmasq } from './peers/dnsmasq.ts'
import { startLldpd } from './peers/lldpd.ts'
import { startPostgres } from './peers/postgres.ts'
import { queryPrometheus, startAlertmanager, startPrometheus } from './peers/prometheus.ts'
import { startSipp } from './peers/sipp.ts'
import { DUPLEX_OID, interfaceIndices, startSnmpd } from './peers/snmpd.ts'
import { labTest, scenario } from './scenario.ts'
import type { Lab } from './topology.ts'

const PLAIN = { impaired: [] }

describe('a real peer in the lab', () => {
  scenario('dnsmasq serves the zone', PLAIN, async (lab) => {
    await startDnsmasq(lab, 'dc1', CAAS_ZONE)
    const answers = await onHost(
      lab,
      'site',
      `const { Resolver } = require('node:dns').promises
       const dns = new Resolver()
       dns.setServers(['${lab.address('dc1').ipv4}'])
       const missing = dns.resolve4('nobody.caas.local').catch((error) => error.code)
       Promise.all([dns.resolve4('caasprovision.caas.local'), dns.resolveSrv('_sip._udp.caas.local'), missing])
         .then(([a, srv, code]) => print({ a: a.sort(), srv: srv.map((s) => s.name).sort(), code }))`,
    )
    expect(answers).toEqual({
      a: ['192.168.0.1', '192.168.0.2'],
      srv: ['server001.caas.local', 'server002.caas.local'],
      code: 'ENOTFOUND',
    })
  })

  scenario('dnsmasq offers the options of the contract', PLAIN, async (lab) => {
    const dnsServer = lab.address('r1', 'site').ipv4
    await startDnsmasq(lab, 'r1', CAAS_ZONE, {
      iface: 'site',
      first: '10.77.1.100',
      last: '10.77.1.120',
      options: caasDhcpOptions(dnsServer),
    })
    expect(await onHost(lab, 'site', DISCOVER)).toMatchObject({
      6: '0a4d0102',
      66: hex('192.168.0.1'),
      67: hex('Sip100.img'),
      132: hex('100'),
      160: hex('http://caasprovision.caas.local:8088'),
    })
  })

  scenario('sipp answers OPTIONS', PLAIN, async (lab) => {
    await startSipp(lab, 'dc1', { status: '503 Busy' })
    const { ipv4 } = lab.address('dc1')
    const answer = await onHost(
      lab,
      'site',
      `const s = require('node:dgram').createSocket('udp4')
       s.once('message', (m) => { print(m.toString().split('\\r\\n')[0]); s.close() })
       s.bind(5062, () => s.send(['OPTIONS sip:lab@${ipv4} SIP/2.0',
         'Via: SIP/2.0/UDP ${lab.address('site').ipv4}:5062;branch=z9hG4bK1', 'From: <sip:a@b>;tag=1',
         'To: <sip:lab@${ipv4}>', 'Call-ID: 1@lab', 'CSeq: 1 OPTIONS', 'Max-Forwards: 70',
         'Content-Length: 0', '', ''].join('\\r\\n'), 5060, '${ipv4}'))`,
    )
    expect(answer).toBe('SIP/2.0 503 Busy')
  })

  scenario('chrony serves a time that is off by what was asked', PLAIN, async (lab) => {
    await startChrony(lab, 'dc1')
    await startChrony(lab, 'dc2', { offsetMs: 2500 })
    const [right, ahead] = await Promise.all([
      queryOffset(lab, 'site', lab.address('dc1').ipv4),
      queryOffset(lab, 'site', lab.address('dc2').ipv4),
    ])
    expect(Math.abs(right)).toBeLessThan(0.2)
    expect(Math.abs(ahead - 2.5)).toBeLessThan(0.2)
  })

  scenario('snmpd shows a half-duplex port', PLAIN, async (lab) => {
    await startSnmpd(lab, 'r1', { site: 'half', r2: 'full' })
    const indices = await interfaceIndices(lab, 'r1')
    const { stdout } = await lab.run('site', [
      ...['snmpwalk', '-v2c', '-c', 'public', '-On', '-Oq', lab.address('r1').ipv4, DUPLEX_OID],
    ])
    const rows = stdout.trim().split('\n').sort()
    expect(rows).toEqual(
      [`${DUPLEX_OID}.${indices.site} 2`, `${DUPLEX_OID}.${indices.r2} 3`].sort(),
    )
  })

  scenario('lldpd announces the voice VLAN and its mark', PLAIN, async (lab) => {
    const argv = ['tcpdump', '-l', '-i', 'r1', '-vv', '-n', 'ether proto 0x88cc']
    const reader = lab.spawn('site', argv)
    await reader.until(/listening on/)
    await startLldpd(lab, 'r1', { iface: 'site', voice: { vlan: 100, priority: 5, dscp: 46 } })
    await reader.until(/type \[voice\].*\s.*vlan id 100, L2 priority 5, DSCP value 46/i)
  })

  scenario('Prometheus scrapes, and Alertmanager listens', PLAIN, async (lab) => {
    await startAlertmanager(lab, 'dc2', 'route: { receiver: none }\nreceivers: [{ name: none }]\n')
    const target = `${lab.address('dc1').ipv4}:9090`
    const prometheus = await startPrometheus(
      lab,
      'dc1',
      'global: { scrape_interval: 1s }\n' +
        `scrape_configs: [{ job_name: self, static_configs: [{ targets: ['${target}'] }] }]\n`,
    )
    const up = await eventually('a scrape', async () => {
      const rows = await queryPrometheus(lab, prometheus, 'up')
      // The first one may have taken a busy host longer than it is given.
      return rows.some(({ value }) => value === 1) ? rows : undefined
    })
    expect(up).toMatchObject([{ metric: { job: 'self', instance: target }, value: 1 }])
  })

  scenario('PostgreSQL answers from another host and by its socket', PLAIN, async (lab) => {
    const postgres = await startPostgres(lab, 'dc1')
    for (const url of [postgres.url, postgres.socketUrl]) {
      const { stdout } = await lab.run('site', ['psql', url, '-Atc', 'select 6 * 7'])
      expect(stdout.trim()).toBe('42')
    }
  })

  labTest('that is not installed is named with its package', async () => {
    const { requireProgram } = await import('./command.ts')
    expect(() => requireProgram('no-such-program')).toThrow(
      'no-such-program is not on this machine',
    )
  })
})

/** Runs a piece of Node on a host; what it prints is the answer. */
async function onHost(lab: Lab, host: string, code: string): Promise<unknown> {
  const print = 'const print = (value) => console.log(JSON.stringify(value));'
  const { stdout } = await lab.run(host, [process.execPath, '-e', `${print}${code}`])
  return JSON.parse(stdout)
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex')
}

/** A DHCPDISCOVER with the broadcast flag; prints the options of the offer in hexadecimal. */
const DISCOVER = `
const s = require('node:dgram').createSocket('udp4')
const p = Buffer.alloc(300)
p.set([1, 1, 6, 0, 1, 2, 3, 4, 0, 0, 0x80, 0])
p.set([2, 0, 0, 0, 0, 1], 28)
p.set([99, 130, 83, 99, 53, 1, 1, 255], 236)
s.once('message', (m) => {
  const options = {}
  for (let at = 240; m[at] !== 255 && at < m.length; ) {
    if (m[at] === 0) { at++; continue }
    options[m[at]] = m.subarray(at + 2, at + 2 + m[at + 1]).toString('hex').replace(/(00)+$/, '')
    at += 2 + m[at + 1]
  }
  print(options)
  s.close()
})
s.bind(68, () => { s.setBroadcast(true); s.send(p, 67, '10.77.1.255') })`
