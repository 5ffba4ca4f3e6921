import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answer, dhcp, hexOf, namingFinding, namingVerdict, reply, URL } from './naming-scenes.ts'
import { siteWith } from './scenes.ts'

const LINES = ['DHCP-1', 'DHCP-2', 'DHCP-4', 'DHCP-5'] as const

test('what one server gives exactly passes', () => {
  for (const id of LINES)
    expect(`${id} ${namingVerdict([dhcp()], id)}`).toBe(`${id} pass as-wanted`)
})

const OPTIONS: readonly (readonly [
  fact: string,
  id: string,
  code: number,
  hex: string,
  verdict: string,
])[] = [
  ['a closing NUL is forgiven', 'DHCP-4', 67, `${hexOf('Sip100.img')}00`, 'pass as-wanted'],
  ['two closing NULs are not', 'DHCP-4', 67, `${hexOf('Sip100.img')}0000`, 'fail option-wrong'],
  ['another case of the file', 'DHCP-4', 67, hexOf('sip100.img'), 'fail option-wrong'],
  ['a space behind the file', 'DHCP-4', 67, hexOf('Sip100.img '), 'fail option-wrong'],
  ['no octets', 'DHCP-4', 67, '', 'fail option-wrong'],
  ['a host in capitals', 'DHCP-2', 160, hexOf('http://PROV.Svc.Local:8088'), 'pass as-wanted'],
  ['a scheme in capitals', 'DHCP-2', 160, hexOf('HTTP://prov.svc.local:8088'), 'fail option-wrong'],
  ['a closing slash', 'DHCP-2', 160, hexOf(`${URL}/`), 'fail option-wrong'],
  ['another port', 'DHCP-2', 160, hexOf('http://prov.svc.local:8089'), 'fail option-wrong'],
  ['names where addresses belong', 'DHCP-1', 6, hexOf('dns.x'), 'fail option-wrong'],
  ['four letters are no address either', 'DHCP-1', 6, '00000000', 'fail option-wrong'],
  ['text "100"', 'DHCP-5', 132, hexOf('100'), 'pass as-wanted'],
  ['an integer of two octets', 'DHCP-5', 132, '0064', 'pass as-wanted'],
  ['an integer of four octets', 'DHCP-5', 132, '00000064', 'pass as-wanted'],
  ['0 as text', 'DHCP-5', 132, '0030', 'pass as-wanted'],
  ['0', 'DHCP-5', 132, '0000', 'pass accepted-with-warning'],
  ['4094', 'DHCP-5', 132, '0ffe', 'pass as-wanted'],
  ['4095', 'DHCP-5', 132, hexOf('4095'), 'pass accepted-with-warning'],
  ['4096 as text', 'DHCP-5', 132, hexOf('4096'), 'fail option-wrong'],
  ['4096 as integer', 'DHCP-5', 132, '1000', 'fail option-wrong'],
  ['three octets', 'DHCP-5', 132, '000064', 'fail option-wrong'],
  ['a word', 'DHCP-5', 132, hexOf('voice'), 'fail option-wrong'],
]

test.each(OPTIONS)('%s (%s, option %i, %s)', (_fact, id, code, hex, verdict) => {
  expect(namingVerdict([dhcp({ replies: [reply({ [code]: hex })] })], id)).toBe(verdict)
})

test('with voiceVlan in the site file 132 must be that number', () => {
  const site = siteWith({ voiceVlan: 100 })
  const verdictOf = (hex: string | null) =>
    namingVerdict([dhcp({ replies: [reply({ 132: hex })] })], 'DHCP-5', { site })
  expect(verdictOf('0064')).toBe('pass as-wanted')
  expect(verdictOf(hexOf('101'))).toBe('fail option-wrong')
  expect(verdictOf(null)).toBe('fail option-missing')
})

test('absence is open without the phones’ class, and told with what stands in the header', () => {
  const replies = [reply({ 67: null, 132: null }, { bootFile: 'Sip100.img' })]
  for (const id of ['DHCP-4', 'DHCP-5']) {
    const finding = namingFinding([dhcp({ replies, vendorClass: null })], id)
    expect(`${finding.verdict} ${finding.reason}`).toBe('inconclusive vendor-class-needed')
  }
  const phone = namingFinding([dhcp({ replies })], 'DHCP-4')
  expect(`${phone.verdict} ${phone.reason}`).toBe('fail option-missing')
  expect(phone.detail).toContain('but "Sip100.img" in the header field')
})

test('a server that gives two values is held to both', () => {
  const replies = [reply(), reply({ 67: hexOf('other') }, { type: 'offer', method: 'discover' })]
  expect(namingVerdict([dhcp({ replies })], 'DHCP-4')).toMatch(/^fail /)
})

test('an option too long to keep is not what was wanted', () => {
  const [right] = [reply()]
  const options = right.options.map((one) => (one.code === 67 ? { ...one, cut: 1 } : one))
  expect(namingVerdict([dhcp({ replies: [{ ...right, options }] })], 'DHCP-4')).toBe(
    'fail option-wrong',
  )
})

test('two servers that are both right pass, and both are counted', () => {
  const replies = [reply(), reply({}, { server: '203.0.113.2' })]
  const finding = namingFinding([dhcp({ replies })], 'DHCP-4')
  expect(finding.verdict).toBe('pass')
  expect(finding.n).toBe(2)
  expect(finding.detail).toContain('2 DHCP servers answer')
})

const FOLLOWED: readonly (readonly [
  fact: string,
  id: string,
  change: Parameters<typeof dhcp>[0],
  verdict: string,
])[] = [
  [
    'a silent name server',
    'DHCP-1',
    { lookups: [answer('prov.svc.local', { outcome: 'silent' })] },
    'inconclusive no-answer',
  ],
  ['a name server not asked', 'DHCP-1', { lookups: [] }, 'inconclusive no-answer'],
  [
    'NXDOMAIN for every name',
    'DHCP-1',
    { lookups: [answer('prov.svc.local', { outcome: 'nxdomain' })] },
    'fail zone-not-served',
  ],
  [
    'another answer of the zone suffices',
    'DHCP-1',
    {
      lookups: [
        answer('prov.svc.local', { outcome: 'nxdomain' }),
        answer('one.svc.local', { addresses: ['192.0.2.1'] }),
      ],
    },
    'pass as-wanted',
  ],
  [
    'a host that leads elsewhere',
    'DHCP-2',
    { lookups: [answer('prov.svc.local', { addresses: ['192.0.2.7'] })] },
    'fail dns-wrong-value',
  ],
  ['nobody to ask for the host', 'DHCP-2', { lookups: [] }, 'inconclusive no-dns-server'],
  [
    'a host that is not asked for',
    'DHCP-2',
    { lookups: [answer('one.svc.local', { addresses: ['192.0.2.1'] })] },
    'inconclusive no-dns-server',
  ],
  [
    'no HTTP',
    'DHCP-2',
    { http: [{ address: '192.0.2.1', port: 8088, outcome: 'not-http', status: null, ms: 1 }] },
    'inconclusive http-unanswered',
  ],
  ['nobody answers', 'DHCP-4', { replies: [] }, 'inconclusive no-answer'],
  [
    'only garbage answers',
    'DHCP-4',
    { replies: [], malformed: 3 },
    'inconclusive malformed-answer',
  ],
]

test.each(FOLLOWED)('%s (%s)', (_fact, id, change, verdict) => {
  expect(namingVerdict([dhcp(change)], id)).toBe(verdict)
})

test('no octets other than the wanted text pass as it', () => {
  const octets = fc.uint8Array({ maxLength: 40 })
  fc.assert(
    fc.property(octets, (bytes) => {
      const hex = Buffer.from(bytes).toString('hex')
      const replies = [reply({ 6: hex, 67: hex, 160: hex })]
      for (const id of ['DHCP-2', 'DHCP-4'])
        expect(namingFinding([dhcp({ replies })], id).verdict).toBe('fail')
      expect(namingFinding([dhcp({ replies })], 'DHCP-1').verdict).not.toBe('pass')
    }),
  )
})
