import type { RequirementOf } from '../profile/schema.ts'
import type { DhcpOption } from '../record/dhcp.ts'
import { optionAddresses, optionNumbers, optionText } from '../record/dhcp-option.ts'

type DhcpLine = RequirementOf<'dhcp-option'>

/** Whether an option's octets are what the line wants, and how to say them. */
export interface ValueView {
  readonly right: boolean
  readonly words: string
  /** Accepted by the contract, while another standard reserves it. */
  readonly reserved?: true
}

/** Holds the octets of one option against a line: type first, then the value byte for byte. */
export function valueView(line: DhcpLine, option: DhcpOption): ValueView {
  if (option.cut > 0)
    return wrong(`${option.hex.length / 2 + option.cut} octets`, wantedWords(line))
  switch (line.type) {
    case 'ipv4-list':
      return addressView(line, option)
    case 'vlan-id':
      return vlanView(line, option)
    case 'string':
      return textView(line, option)
  }
}

/** What the line wants, in words. */
export function wantedWords(line: DhcpLine): string {
  if (line.expect !== undefined) return line.type === 'string' ? quoted(line.expect) : line.expect
  return { 'ipv4-list': 'addresses', string: 'text', 'vlan-id': 'a number from 0 to 4095' }[
    line.type
  ]
}

function addressView(line: DhcpLine, option: DhcpOption): ValueView {
  const found = optionAddresses(option)
  if (found === null || found.some(isNobody)) return wrong(raw(option), wantedWords(line))
  const words = found.join(', ')
  if (line.expect === undefined) return { right: true, words }
  const wanted = line.expect.split(/[\s,]+/).sort()
  const same = [...new Set(found)].sort().join() === [...new Set(wanted)].join()
  return same ? { right: true, words } : wrong(words, wantedWords(line))
}

/** 0.x, broadcast and multicast are no server's address. */
function isNobody(address: string): boolean {
  const first = Number(address.split('.')[0])
  return first === 0 || first >= 224
}

/** Bytes as they are, one closing NUL forgiven; a host name in a URL may be in any case. */
function textView(line: DhcpLine, option: DhcpOption): ValueView {
  const text = optionText(option)
  if (text === null) return wrong(raw(option), wantedWords(line))
  const { expect } = line
  if (expect === undefined) return { right: true, words: quoted(text) }
  const anyCase = line.match === 'exact-host-case-insensitive'
  const same = anyCase ? hostInLowerCase(text) === hostInLowerCase(expect) : text === expect
  if (same) return { right: true, words: quoted(text) }
  const onlyCase = text.toLowerCase() === expect.toLowerCase()
  return wrong(`${quoted(text)}${onlyCase ? ' (other case)' : ''}`, quoted(expect))
}

function hostInLowerCase(url: string): string {
  return url.replace(/^([a-z]+:\/\/)([^/:]*)/, (_, scheme: string, host: string) => {
    return `${scheme}${host.toLowerCase()}`
  })
}

const HIGHEST = 4095

/** 802.1Q keeps 0 (priority tag) and 4095 for itself; the contract's range has both. */
function vlanView(line: DhcpLine, option: DhcpOption): ValueView {
  const readings = optionNumbers(option)
  const wanted = line.expect === undefined ? null : Number(line.expect)
  const fitting = readings.filter(
    ({ value }) => value <= HIGHEST && (wanted === null || value === wanted),
  )
  const usable = fitting.find(({ value }) => value > 0 && value < HIGHEST)
  const taken = usable ?? fitting[0]
  if (taken === undefined) {
    const [first] = readings
    const found = first === undefined ? raw(option) : `${first.value} (${first.as})`
    return wrong(found, wantedWords(line))
  }
  const words = `${taken.value} (${taken.as})`
  if (usable !== undefined) return { right: true, words }
  return {
    right: true,
    reserved: true,
    words: `${words}, which 802.1Q reserves (usable: 1 to 4094),`,
  }
}

function wrong(found: string, wanted: string): ValueView {
  return { right: false, words: `${found}, not ${wanted},` }
}

const SHOWN = 64

function quoted(text: string): string {
  return text.length > SHOWN ? `"${text.slice(0, SHOWN)}..."` : `"${text}"`
}

function raw({ hex }: DhcpOption): string {
  if (hex === '') return 'no octets'
  return `octets ${hex.length > SHOWN ? `${hex.slice(0, SHOWN)}...` : hex}`
}
