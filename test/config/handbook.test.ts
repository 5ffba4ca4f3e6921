import { expect, test } from 'vitest'
import { loadProfile } from '../../config/load.ts'
import { countPorts, expandPorts } from '../../shared/profile/ports.ts'
import type { Requirement, RequirementKind, RequirementOf } from '../../shared/profile/schema.ts'

/** The handbook's facts, written out by hand: the profiles are held against them line by line. */
const lcm = (await loadProfile('pureconnect-lcm')).profile
const rcm = (await loadProfile('pureconnect-rcm')).profile

function lines<K extends RequirementKind>(kind: K): RequirementOf<K>[] {
  const both = [...lcm.requirements, ...rcm.requirements]
  const unique = new Map<string, Requirement>(both.map((line) => [line.id, line]))
  return [...unique.values()].filter((line): line is RequirementOf<K> => line.kind === kind)
}

const printedRows = lines('ports').filter((row) => row.table !== 'DER')
const ids = (found: readonly Requirement[]) => found.map((line) => line.id).sort()

const from48000 = Array.from({ length: 101 }, (_, i) => 48_000 + i).join(' ')

type Row = readonly [
  id: string,
  line: number,
  pairs: string,
  printed: readonly string[],
  initiator: string,
  confidence: string,
]
const ROWS: readonly Row[] = [
  // LCM
  ['LCM-01', 492, 'tcp 3508 8114', ['Web Chat', 'MPLS', 'TCP', '3508 8114'], 'dc', 'low'],
  ['LCM-02', 493, 'tcp 5597', ['Notifier', 'MPLS', 'TCP', '5597'], 'site', 'medium'],
  ['LCM-03', 494, 'tcp 5597', ['Notifier (RCS)', 'MPLS', 'TCP', '5597'], 'site', 'medium'],
  ['LCM-04', 495, 'tcp 2633', ['IC Management', 'MPLS', 'TCP', '2633'], 'site', 'low'],
  [
    'LCM-05',
    496,
    'tcp 3952 8018 8019',
    ['.Net Client', 'MPLS', 'TCP', '3952 8018-8019'],
    'site',
    'high',
  ],
  [
    'LCM-06',
    497,
    'tcp 5004 5597 8089 8090 8091 8092 8093 8094 8095 8096 8097 8098 8099 8102 8103 8112 8113',
    ['Media Server', 'MPLS', 'TCP', '5004 5597 8089-8099 8102-8103 8112-8113'],
    'both',
    'low',
  ],
  [
    'LCM-07',
    498,
    'udp 5060 8060 8061 8088 8089',
    ['SIP Stations', 'MPLS', 'UDP', '5060 8060-8061 8088-8089'],
    'both',
    'medium',
  ],
  [
    'LCM-08',
    499,
    'tcp 443 5060 8060',
    ['SIP Proxy', 'MPLS', 'TCP', '443 5060 8060'],
    'both',
    'medium',
  ],
  [
    'LCM-09',
    500,
    'tcp 3952 8106 8107',
    ['IC Business Mgr.', 'MPLS', 'TCP', '3952 8106-8107'],
    'site',
    'high',
  ],
  ['LCM-10', 501, 'tcp 9352', ['TSRA', 'Internet', 'TCP', '9352'], 'site', 'high'],
  [
    'LCM-11',
    502,
    'tcp 8106 8107',
    ['Capture Client', 'MPLS', 'TCP', '8106-8107'],
    'site',
    'medium',
  ],
  ['LCM-12', 503, 'tcp 2633 5597', ['Switchover', 'MPLS', 'TCP', '2633 5597'], 'both', 'low'],
  ['LCM-13', 504, 'tcp 143 993', ['IMAP', 'MPLS', 'TCP', '143 993'], 'dc', 'medium'],
  ['LCM-14', 505, 'tcp 80 443', ['Microsoft EWS', 'MPLS', 'TCP', '80/443'], 'dc', 'medium'],
  // RCM
  ['RCM-01', 513, '', ['RTP', 'MPLS', 'UDP', 'Dynamic'], 'both', 'high'],
  ['RCM-02', 514, 'tcp 3508 8114', ['Web Chat', 'MPLS', 'TCP', '3508 8114'], 'dc', 'low'],
  ['RCM-03', 515, 'tcp 5597', ['Notifier (RCS)', 'MPLS', 'TCP', '5597'], 'site', 'medium'],
  [
    'RCM-04',
    516,
    'tcp 3952 8018 8019',
    ['.Net Client', 'MPLS', 'TCP', '3952 8018-8019'],
    'site',
    'high',
  ],
  [
    'RCM-05',
    517,
    'udp 5060 8060 8088 8089',
    ['SIP Stations', 'MPLS', 'UDP', '5060 8060 8088-8089'],
    'both',
    'medium',
  ],
  [
    'RCM-06',
    518,
    'tcp 8106 8107',
    ['IC Business Mgr.', 'MPLS', 'TCP', '8106-8107'],
    'site',
    'high',
  ],
  ['RCM-07', 519, 'tcp 9352', ['TSRA', 'Internet', 'TCP', '9352'], 'site', 'high'],
  [
    'RCM-08',
    520,
    'tcp 8106 8107',
    ['Capture Client', 'MPLS', 'TCP', '8106-8107'],
    'site',
    'medium',
  ],
  ['RCM-09', 521, 'tcp 2633 5597', ['Switchover', 'MPLS', 'TCP', '2633 5597'], 'both', 'low'],
  ['RCM-10', 522, 'tcp 143 993', ['IMAP', 'MPLS', 'TCP', '143 993'], 'dc', 'medium'],
  ['RCM-11', 523, 'tcp 80 443', ['Microsoft EWS', 'MPLS', 'TCP', '80/443'], 'dc', 'medium'],
  // MON-SRV
  [
    'MON-SRV-01',
    532,
    `tcp ${from48000}; udp ${from48000}`,
    ['Network Monitoring Tool', 'TCP / UPD', '48000 – 48100'],
    'both',
    'low',
  ],
  ['MON-SRV-02', 533, 'udp 514', ['Syslog', 'UPD', '514'], 'site', 'high'],
  ['MON-SRV-03', 534, 'tcp 3389', ['Remote Desktop Protocol', 'TCP', '3389'], 'dc', 'high'],
  ['MON-SRV-04', 535, 'tcp 22', ['SSH', 'TCP', '22'], 'dc', 'high'],
  ['MON-SRV-05', 536, 'tcp 443', ['HTTPS', 'TCP', '443'], 'dc', 'medium'],
  ['MON-SRV-06', 537, 'tcp 17990', ['iLo', 'TCP', '17990'], 'dc', 'high'],
  ['MON-SRV-07', 538, 'udp 123', ['NTP', 'UDP', '123'], 'site', 'medium'],
  ['MON-SRV-08', 539, 'tcp 2381', ['Hardware Monitoring', 'TCP', '2381'], 'dc', 'medium'],
  ['MON-SRV-09', 540, 'tcp 2301', ['Hardware Monitoring', 'TCP', '2301'], 'dc', 'medium'],
  ['MON-SRV-10', 541, 'tcp 21 5004', ['FTP(S)', 'TCP', '21 5004'], 'site', 'low'],
  ['MON-SRV-11', 542, 'udp 161', ['SNMP – Polling', 'UDP', '161'], 'dc', 'high'],
  ['MON-SRV-12', 543, 'udp 162', ['SNMP – Trap', 'UDP', '162'], 'site', 'high'],
  ['MON-SRV-13', 544, 'tcp 5989', ['WMI', 'TCP', '5989'], 'dc', 'medium'],
  ['MON-SRV-14', 545, 'tcp 445', ['SMB', 'TCP', '445'], 'dc', 'medium'],
  ['MON-SRV-15', 546, 'tcp 442 446', ['MRC', 'TCP', '442 446'], 'dc', 'low'],
  // MON-HW
  ['MON-HW-01', 554, 'tcp 514; udp 514', ['Syslog', 'TCP / UDP', '514'], 'site', 'high'],
  ['MON-HW-02', 555, 'tcp 22', ['SSH', 'TCP', '22'], 'dc', 'high'],
  ['MON-HW-03', 556, 'tcp 443', ['HTTPS', 'TCP', '443'], 'dc', 'medium'],
  ['MON-HW-04', 557, 'udp 161', ['SNMP', 'UDP', '161'], 'dc', 'high'],
  ['MON-HW-05', 558, 'udp 162', ['SNMP – Trap', 'UDP', '162'], 'site', 'high'],
  ['MON-HW-06', 559, 'tcp 442 444', ['MRC', 'TCP', '442'], 'dc', 'low'],
  // MAINT
  ['MAINT-01', 573, 'tcp 80 443', ['Windows OS', 'TCP', '80 443'], 'site', 'high'],
  ['MAINT-02', 574, 'tcp 80 443', ['Virus Protection', 'TCP', '80 443'], 'site', 'high'],
  ['MAINT-03', 575, 'tcp 3389', ['Release Updates', 'TCP', '3389'], 'dc', 'medium'],
  ['MAINT-04', 576, 'tcp 445', ['Release Updates', 'TCP', '445'], 'both', 'low'],
]

test('fifty rows of five tables are there and no more', () => {
  expect(printedRows).toHaveLength(50)
  expect(ids(printedRows)).toEqual(ROWS.map(([id]) => id).sort())
  expect(new Set(printedRows.map((row) => row.table)).size).toBe(5)
})

test.each(ROWS)('%s stands on line %i and asks for %s', (id, line, pairs, printed, ...sure) => {
  const row = printedRows.find((each) => each.id === id)
  if (row === undefined) throw new Error(`${id} is in no profile`)
  const text = (['tcp', 'udp'] as const).flatMap((proto) => {
    const ports = expandPorts(row).filter((pair) => pair.proto === proto)
    return ports.length === 0 ? [] : [`${proto} ${ports.map((pair) => pair.port).join(' ')}`]
  })
  expect(row.line).toBe(line)
  expect(text.join('; ')).toBe(pairs)
  expect(row.printed).toEqual(printed)
  expect([row.initiator, row.confidence]).toEqual(sure)
  expect(row.required).toBe(true)
})

test.each([
  ['LCM', { rows: 14, pairs: 45, distinctTcp: 32, distinctUdp: 5 }],
  ['RCM', { rows: 11, pairs: 21, distinctTcp: 14, distinctUdp: 4 }],
  ['MON-SRV', { rows: 15, pairs: 218, distinctTcp: 113, distinctUdp: 105 }],
  ['MON-HW', { rows: 6, pairs: 8, distinctTcp: 5, distinctUdp: 3 }],
  ['MAINT', { rows: 4, pairs: 6, distinctTcp: 4, distinctUdp: 0 }],
])('table %s has the counts of the handbook', (table, counts) => {
  expect(countPorts(printedRows.filter((row) => row.table === table))).toEqual(counts)
})

test('all tables together ask for 298 pairs, 145 TCP and 110 UDP ports', () => {
  const counts = { rows: 50, pairs: 298, distinctTcp: 145, distinctUdp: 110 }
  expect(countPorts(printedRows)).toEqual(counts)
})

test('each profile has its own table and the three that name no model', () => {
  const tables = (profile: typeof lcm) => [
    ...new Set(profile.requirements.flatMap((line) => (line.kind === 'ports' ? [line.table] : []))),
  ]
  expect(tables(lcm)).toEqual(['MON-SRV', 'MON-HW', 'MAINT', 'DER', 'LCM'])
  expect(tables(rcm)).toEqual(['MON-SRV', 'MON-HW', 'MAINT', 'DER', 'RCM'])
})

test('one row goes on in a second printed row, and one names no range', () => {
  const continued = printedRows.filter((row) => row.continuation !== undefined)
  expect(continued.map((row) => [row.id, row.continuation])).toEqual([
    ['MON-HW-06', { line: 560, printed: ['', '', '444'] }],
  ])
  expect(ids(printedRows.filter((row) => row.dynamic))).toEqual(['RCM-01'])
})

test('maintenance rows say how they are reached, by one of three connections', () => {
  expect(lcm.connections?.map(({ id, line, path }) => [id, line, path])).toEqual([
    ['MAINT-C1', 568, 'Internet'],
    ['MAINT-C2', 569, 'Internet'],
    ['MAINT-C3', 570, 'MPLS'],
  ])
  const reached = printedRows.filter((row) => row.table === 'MAINT').map((row) => row.connection)
  expect(reached).toEqual(['MAINT-C1', 'MAINT-C2', 'MAINT-C3', 'MAINT-C3'])
})

test('derived ports are checked and never required', () => {
  const derived = lines('ports').filter((row) => row.table === 'DER')
  expect(ids(derived)).toEqual(['DER-1', 'DER-2', 'DER-3', 'DER-4', 'DER-5', 'DER-6'])
  expect(derived.some((row) => row.required)).toBe(false)
})

test.each([
  ['LCM', lcm],
  ['RCM', rcm],
] as const)('%s has the eight clauses with the limits of the handbook', (_model, profile) => {
  const clauses = profile.requirements.filter((line) => line.id.startsWith('VRN-'))
  expect(clauses.map((line) => [line.id, line.line, line.kind, line.required])).toEqual([
    ['VRN-1', 1214, 'qos', true],
    ['VRN-2', 1215, 'duplex', true],
    ['VRN-3', 1216, 'one-way-delay', true],
    ['VRN-4', 1217, 'jitter', true],
    ['VRN-5', 1218, 'marking', true],
    ['VRN-6', 1219, 'segment-loss', true],
    ['VRN-7', 1220, 'bandwidth', true],
    ['VRN-8', 1221, 'vlan', true],
  ])
  expect(clauses[2]).toMatchObject({ limitMs: 150, op: '<', statistic: 'p95', farEnds: 'both' })
  expect(clauses[3]).toMatchObject({ limitMs: 30, op: '<', statistic: 'p95' })
  expect(clauses[4]).toMatchObject({ dscp: 46, op: '==' })
  expect(clauses[5]).toMatchObject({ limitRatio: 0.01, op: '<=', decide: 'confidence' })
  expect(clauses[6]).toMatchObject({ perCall: { g711: 88, g729: 32 } })
})

test('six address records, two service records and five options', () => {
  const a = lines('dns-a').map(({ id, line, zone, name, value }) => [id, line, zone, name, value])
  expect(a).toEqual([
    ['DNS-1', 457, 'Customer.Local', 'Server001', '192.168.0.1'],
    ['DNS-2', 458, 'Customer.Local', 'Server002', '192.168.0.2'],
    ['DNS-3', 462, 'CaaS.Local', 'Server001', '192.168.0.1'],
    ['DNS-4', 463, 'CaaS.Local', 'Server002', '192.168.0.2'],
    ['DNS-5', 464, 'CaaS.Local', 'CaaSProvision', '192.168.0.1'],
    ['DNS-6', 465, 'CaaS.Local', 'CaaSProvision', '192.168.0.2'],
  ])
  const srv = lines('dns-srv').map((r) => [r.id, r.line, r.name, r.port, r.target])
  expect(srv).toEqual([
    ['SRV-1', 470, '_sip._udp', 5060, 'Server0001.CaaS.Local'],
    ['SRV-2', 471, '_sip._udp', 5060, 'Server0002.CaaS.Local'],
  ])
  const options = lines('dhcp-option').map((r) => [r.id, r.line, r.option, r.expect, r.match])
  expect(options).toEqual([
    ['DHCP-1', 476, 6, undefined, 'present'],
    ['DHCP-2', 477, 160, 'http://caasprovision.caas.local:8088', 'exact-host-case-insensitive'],
    ['DHCP-3', 482, 66, '192.168.0.1', 'primary-server'],
    ['DHCP-4', 483, 67, 'Sip100.img', 'exact'],
    ['DHCP-5', 484, 132, undefined, 'if-present'],
  ])
})

test('what the source leaves open is noted: 28 oddities and how port tables are read', () => {
  const oddities = (profile: typeof lcm) =>
    profile.notes.filter(({ id }) => /^T-[0-9]+$/.test(id)).map(({ id }) => id)
  const all = Array.from({ length: 28 }, (_, i) => `T-${i + 1}`)
  expect(oddities(lcm)).toEqual(all)
  expect(oddities(rcm)).toEqual(all)
  const readings = rcm.notes.filter(({ id }) => id.startsWith('PA-')).map(({ id }) => id)
  expect(readings).toEqual(['PA-DIR', 'PA-SEP', 'PA-SLASH', 'PA-INET', 'PA-NAT', 'PA-RTP'])
})

test('voice stays on site under LCM and comes from both data centres under RCM', () => {
  expect([lcm.voice.between, rcm.voice.between]).toEqual(['site-site', 'site-dc'])
  expect(rcm.voice.legs).toEqual(['out', 'back'])
  expect([lcm.farEnds, rcm.farEnds]).toEqual(Array(2).fill(['primary', 'secondary']))
})

test('the contract is silent on how to judge, so the profiles say it in full', () => {
  const judging = {
    windowSeconds: 60,
    intervalMinutes: 15,
    minimumPackets: 100,
    lateAfterMs: 1000,
    clockDriftPpm: 100,
  }
  expect([lcm.judging, rcm.judging]).toEqual([judging, judging])
})
