import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { expect } from 'vitest'
import { buildRecord } from '../../agent/run/record.ts'
import { type CheckResult, CheckResultSchema } from '../../config/check-result.ts'
import { loadProfile } from '../../config/load.ts'
import { RecordSchema } from '../../shared/record/record.ts'
import { minimalProfile } from '../shared/profile/minimal.ts'
import { CAAS_ZONE, caasDhcpOptions, startDnsmasq } from './peers/dnsmasq.ts'
import { startSnmpd } from './peers/snmpd.ts'
import { keyOf, RTP, SERVERS, startFarEnd } from './ports/far-ends.ts'
import { scenario } from './scenario.ts'
import type { Lab } from './topology.ts'

const PROGRAM = fileURLToPath(new URL('../../dist/agent/main.js', import.meta.url))
const RUN_APART = fileURLToPath(new URL('run-check-apart.mjs', import.meta.url))
const BOOT = '0a3d7e0c-4a44-4b5e-9d39-5b6f6f1c2d10'
const OPTIONS = { impaired: [], timeoutMs: 300_000 }

/** A site with everything that the contract asks for, and a switch with one port at half duplex. */
async function everything(lab: Lab): Promise<string> {
  const keys = { dc1: keyOf(lab, 'dc1'), dc2: keyOf(lab, 'dc2') }
  const gateway = lab.address('r1', 'site').ipv4
  const range = { first: '10.77.1.100', last: '10.77.1.120', iface: 'site' }
  await Promise.all([
    startFarEnd(lab, 'dc1'),
    startFarEnd(lab, 'dc2'),
    startDnsmasq(lab, 'r1', CAAS_ZONE, { ...range, options: caasDhcpOptions(gateway) }),
    startSnmpd(lab, 'r1', { site: 'half', r2: 'full' }),
  ])
  lab.resolver('site', [gateway], ['customer.local'])
  const file = lab.file('site.yaml')
  writeFileSync(
    file,
    `format: voip-ready/site/1
site: lab
profile: pureconnect-rcm
farEnds:
  primary: { reflector: ${SERVERS.dc1}, key: "${keys.dc1}" }
  secondary: { reflector: ${SERVERS.dc2}, key: "${keys.dc2}" }
rtpPorts: [${RTP.join(', ')}]
peakCalls: 1
voiceVlan: 100
dns: { asPrinted: true }
ports: { DER-4: { hosts: [${gateway}] } }
switches:
  - { address: ${gateway}, version: 2c, community: public }
`,
  )
  return file
}

async function check(lab: Lab, file: string, ...more: readonly string[]): Promise<CheckResult> {
  const argv = [process.execPath, PROGRAM, 'check', '--site', file, '--json', '--duration', '4s']
  const choices = { mayFail: true, timeoutMs: 240_000 }
  const { stdout, stderr } = await lab.run('site', [...argv, ...more], choices)
  expect(stderr).toBe('')
  const result = v.parse(CheckResultSchema, JSON.parse(stdout))
  return result as CheckResult
}

const kindsOf = (result: CheckResult) =>
  [...new Set(result.observations.map(({ kind }) => kind))].sort()

function verdictOf(result: CheckResult, id: string): string {
  const found = result.judgement.findings.filter((finding) => finding.id === id)
  // Sorted: where this host was disturbed, that stands in front, and the story is told once more.
  const said = new Set(found.map(({ verdict, reason }) => `${verdict} ${reason}`))
  return [...said].sort().join(', ')
}

scenario('one check looks at every line of the profile', OPTIONS, async (lab) => {
  const file = await everything(lab)
  const result = await check(lab, file)
  expect(kindsOf(result)).toEqual(['dhcp', 'dns', 'link', 'path', 'ports', 'sip-alg', 'stream'])
  const { findings } = result.judgement
  // What no probe looked at must say what it waits for; "no probe" is never the reason.
  expect(findings.filter(({ reason }) => reason === 'probe-not-run').map(({ id }) => id)).toEqual(
    [],
  )
  expect(verdictOf(result, 'VRN-2')).toBe('fail half-duplex')
  expect(verdictOf(result, 'VRN-8')).toBe('pass vlan-agrees')
  expect(verdictOf(result, 'VRN-3')).toBe('pass within-limit')
  expect(verdictOf(result, 'DNS-1')).toMatch(/^pass/)
  expect(verdictOf(result, 'RCM-04')).toMatch(/^pass/)
  // The site names its own DNS server, and of its DHCP server nothing.
  expect(verdictOf(result, 'DER-4')).toMatch(/^pass/)
  expect(verdictOf(result, 'DER-5')).toBe('not-tested needs-site-value')
  expect(result.judgement.overall).toBe('NOT READY')
  expect(result.exit).toBe(1)

  const media = result.observations.filter(({ kind }) => kind === 'stream')
  const storm = result.observations.filter(({ kind }) => kind === 'ports')
  const mediaEnds = Math.max(...media.map(({ to }) => to))
  expect(Math.min(...storm.map(({ from }) => from))).toBeGreaterThanOrEqual(mediaEnds)
})

scenario('--only runs what its lines need, and nothing else', OPTIONS, async (lab) => {
  const file = await everything(lab)
  const ran = async (...more: readonly string[]) => kindsOf(await check(lab, file, ...more))
  expect(await ran('--only', 'VRN-3')).toEqual(['stream'])
  expect(await ran('--only', 'VRN-2')).toEqual(['link'])
  expect(await ran('--only', 'VRN-8')).toEqual(['dhcp', 'link'])
  expect(await ran('--only', 'DNS-1')).toEqual(['dhcp', 'dns'])
  expect(await ran('--only', 'RCM-04')).toEqual(['ports'])
  expect(await ran('--media-only', '--only', 'VRN-5')).toEqual(['stream'])
})

scenario(
  "the agent's own look is a process apart, and packs into its records",
  OPTIONS,
  async (lab) => {
    const line = { line: 1, printed: 'x', reading: 'x', required: true, farEnds: 'none' }
    const requirements = [
      { ...line, id: 'VRN-2', title: 'Duplex', kind: 'duplex', expect: 'full' },
      { ...line, id: 'VRN-8', title: 'VLAN', kind: 'vlan' },
    ]
    // JSON is YAML too.
    writeFileSync(lab.file('small.yaml'), JSON.stringify({ ...minimalProfile(), requirements }))
    const site = {
      ...{ format: 'voip-ready/site/1', site: 'lab', profile: 'small.yaml' },
      farEnds: { primary: { reflector: SERVERS.dc1, key: `k:${'x'.repeat(32)}` } },
    }
    writeFileSync(lab.file('site.yaml'), JSON.stringify(site))
    const { sha256 } = await loadProfile(lab.file('small.yaml'))
    const look = async (hash: string) => {
      const argv = [process.execPath, RUN_APART, lab.file('site.yaml'), hash]
      return JSON.parse((await lab.run('site', argv, { timeoutMs: 60_000 })).stdout)
    }
    const { parts } = await look(sha256)
    expect(parts).toHaveLength(1)
    const minute = { from: 1, to: 2, monotonicMs: 1, observations: [], round: parts[0] }
    const profile = { id: 'small', version: '1.0.0', sha256 }
    const head = { site: 'lab', agent: 'lab', version: '0', profile }
    const link = { boot: BOOT, sequence: 1, previous: null, dropped: null }
    const record = v.parse(RecordSchema, buildRecord(head, minute, link))
    expect(record.observations.map(({ kind }) => kind)).toEqual(['link', 'sip-alg'])
    expect(record.round).toMatchObject({ part: 1, parts: 1 })

    expect(await look('0'.repeat(64))).toMatchObject({
      ok: false,
      error: expect.stringContaining('start the agent anew'),
    })
  },
)
