import { type ConfigProblem, shown } from './problem.ts'
import type { Profile, RequirementOf } from './schema.ts'
import type { Site } from './site.ts'

type Path = readonly (string | number)[]

/**
 * Values of a site file that no network can answer rightly: a slip of the pen there would convict a
 * server of it. Beside the schema, since a site in evidence stays as it was.
 */
export function valueProblems(site: Site, profile: Profile): ConfigProblem[] {
  return [
    ...zoneProblems(site, profile),
    ...recordProblems(site),
    ...hostProblems(site),
    ...reflectorProblems(site),
    ...optionProblems(site, profile),
  ]
}

/** Labels of up to 63 octets as zones of hosts and services have them (RFC 1035, RFC 2782). */
const LABEL = '[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?'
const DNS_NAME = new RegExp(`^${LABEL}(\\.${LABEL})*\\.?$`)
const ADDRESS_6 = /^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%\S+)?$/

function nameProblems(path: Path, name: string | undefined, repair: string): ConfigProblem[] {
  if (name === undefined || DNS_NAME.test(name)) return []
  return [
    wrong(
      path,
      'a name that DNS can carry: letters, digits and hyphens between dots',
      name,
      repair,
    ),
  ]
}

function zoneProblems({ dnsZone, searchDomain }: Site, { dns }: Profile): ConfigProblem[] {
  const printed = dns?.serviceZone
  // T-7: the prose of the source has a name with a space in it.
  const zone = printed === undefined ? 'write the zone' : `the source's examples say ${printed}`
  return [
    ...nameProblems(['dnsZone'], dnsZone, zone),
    ...nameProblems(['searchDomain'], searchDomain, 'write the domain'),
  ]
}

function recordProblems({ dns }: Site): ConfigProblem[] {
  return Object.entries(dns?.records ?? {}).flatMap(([id, { name, target }]) => [
    ...nameProblems(['dns', 'records', id, 'name'], name, 'write the name of the record'),
    ...nameProblems(['dns', 'records', id, 'target'], target, 'write the name of the host'),
  ])
}

/** The ports of a row are the profile's; what stands behind a host would become a part of its name. */
function hostProblems({ ports }: Site): ConfigProblem[] {
  return Object.entries(ports ?? {}).flatMap(([id, { hosts = [] }]) =>
    hosts.flatMap((host, at) => {
      if (ADDRESS_6.test(host) || DNS_NAME.test(host)) return []
      const bare = /^\[?([^\]\s]+?)\]?:\d+$/.exec(host)?.[1]
      const repair = bare === undefined ? 'write the host' : `write ${bare}: the row has its ports`
      return [wrong(['ports', id, 'hosts', at], 'an address or name alone', host, repair)]
    }),
  )
}

/** What DNS cannot carry would be asked for again and again, and read as a far end that is not there. */
function reflectorProblems({ farEnds, segments = [] }: Site): ConfigProblem[] {
  const ends = (['primary', 'secondary'] as const).flatMap((name) => [
    ...reachProblems(['farEnds', name, 'reflector'], farEnds[name]?.reflector),
    ...reachProblems(['farEnds', name, 'responder'], farEnds[name]?.responder),
  ])
  const borders = segments.flatMap(({ reflector }, at) =>
    reachProblems(['segments', at, 'reflector'], reflector),
  )
  return [...ends, ...borders]
}

/** Letters of any script are asked for in an ASCII form (IDNA), by whoever looks the name up. */
function inAscii(host: string): string {
  return host.replace(/[\p{L}\p{M}]/gu, 'x')
}

function reachProblems(path: Path, host: string | undefined): ConfigProblem[] {
  if (host === undefined || ADDRESS_6.test(host) || DNS_NAME.test(inAscii(host))) return []
  const bare = /^(?:[a-z]+:\/\/)?([^\s/:]+)(?::\d+)?(?:\/\S*)?$/i.exec(host)?.[1]
  const repair = bare === undefined ? 'write the host' : `write ${bare} alone`
  return [wrong(path, 'an address, or a name that DNS can carry', host, repair)]
}

type Option = RequirementOf<'dhcp-option'>

function optionProblems(site: Site, profile: Profile): ConfigProblem[] {
  const lines = profile.requirements.filter((line): line is Option => line.kind === 'dhcp-option')
  return lines.flatMap((line) => {
    const value = site.dhcp?.options?.[line.id]
    const path = ['dhcp', 'options', line.id]
    if (value === undefined) return []
    const wanted = wantedOf(line)
    if (wanted !== null && !wanted.fits(value))
      return [wrong(path, wanted.words, value, 'mend the value')]
    return contradiction(site, line, value, path)
  })
}

/** What an option of this line can hold at all; null: any text. */
function wantedOf({ type, match }: Option) {
  if (type === 'vlan-id') return { words: 'a number from 0 to 4095', fits: isVlan }
  if (type === 'ipv4-list') return { words: 'IPv4 addresses', fits: isAddresses }
  if (match === 'primary-server') return { words: 'an IPv4 address', fits: isAddress }
  if (match === 'exact-host-case-insensitive')
    return { words: 'a URL with its scheme, as http://host:8088', fits: isUrl }
  return null
}

const isVlan = (text: string) => /^\d{1,4}$/.test(text) && Number(text) <= 4095
const isAddress = (text: string) =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((octet) => Number(octet) <= 255)
const isAddresses = (text: string) => text.split(/[\s,]+/).every(isAddress)
const isUrl = (text: string) => /^[a-z][a-z0-9+.-]*:\/\/[^\s/]+/i.test(text)

/** Two keys that give one value: where they differ, one line would be held against each of them. */
function contradiction(site: Site, line: Option, value: string, path: Path): ConfigProblem[] {
  const [key, other] =
    line.type === 'vlan-id'
      ? ['voiceVlan', site.voiceVlan?.toString()]
      : ['primaryServer', line.match === 'primary-server' ? site.primaryServer : undefined]
  const same = line.type === 'vlan-id' ? Number(other) === Number(value) : other === value
  if (other === undefined || same) return []
  return [wrong(path, `${other}, as ${key} says`, value, 'remove one of the two')]
}

function wrong(path: Path, wanted: string, found: string, repair: string): ConfigProblem {
  return { code: 'CONFIG_VALUE', path, wanted, found: shown(found), repair }
}
