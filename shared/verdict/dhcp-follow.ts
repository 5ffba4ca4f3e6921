import { provisioningUrl } from '../profile/provisioning-url.ts'
import type { DhcpObservation, DhcpOption } from '../record/dhcp.ts'
import { optionAddresses, optionText } from '../record/dhcp-option.ts'
import { type DnsAnswer, sameCase } from '../record/dns.ts'
import { withoutRecords } from './dns.ts'
import { groupOf, type ServerView } from './naming.ts'
import type { Scene } from './scene.ts'

/** What is wrong with where a right value leads; null when all is well there. */
export type Consequence = Omit<ServerView, 'server'> | null

/** Every name server of option 6 must answer for the service zone: with at least one address of it. */
export function zoneServed(option: DhcpOption, seen: DhcpObservation): Consequence {
  const troubles = (optionAddresses(option) ?? []).map((server): Consequence => {
    const answers = seen.lookups.filter((answer) => answer.server === server)
    const states = answers.map((answer) => ({ name: answer.name, is: withoutRecords(answer) }))
    if (states.some(({ is }) => is === null)) return null
    const open = states.find(({ is }) => is?.state === 'open')
    const [worst] = open === undefined ? states : [open]
    if (worst === undefined || worst.is === null) {
      return { state: 'open', reason: 'no-answer', words: `${server}, not asked for the zone,` }
    }
    const words = `${server}, which gives ${worst.is.words} for ${worst.name},`
    if (worst.is.state === 'open') return { ...worst.is, words }
    return { state: 'wrong', reason: 'zone-not-served', words }
  })
  return worstOf(troubles)
}

/**
 * The host of a provisioning address must resolve, to what the lines of that name say, at every DNS
 * server that the same DHCP server names (`nameServers`; none: at every one asked); and HTTP should
 * answer there. That last is inferred, no line says it: it never fails.
 */
export function provisioningServed(
  option: DhcpOption,
  seen: DhcpObservation,
  nameServers: readonly string[],
  scene: Scene,
): Consequence {
  const url = provisioningUrl(optionText(option) ?? '')
  if (url === null) return null
  const literal = /^\d+\.\d+\.\d+\.\d+$/.test(url.host)
  const answers = seen.lookups.filter(
    ({ name, server }) =>
      sameCase(name) === sameCase(url.host) &&
      (nameServers.length === 0 || nameServers.includes(server)),
  )
  if (answers.length === 0 && !literal) {
    return { state: 'open', reason: 'no-dns-server', words: `host ${url.host} was not asked for,` }
  }
  const resolved = worstOf(answers.map((answer) => hostTrouble(answer, scene)))
  if (resolved !== null) return resolved
  const addresses = literal ? [url.host] : answers.flatMap((answer) => answer.addresses)
  const silent = [...new Set(addresses)].filter(
    (address) =>
      !seen.http.some((o) => o.address === address && o.port === url.port && o.outcome === 'http'),
  )
  if (silent.length === 0) return null
  const words = `no HTTP (inferred demand) at ${silent.map((a) => `${a}:${url.port}`).join(', ')}`
  return { state: 'open', reason: 'http-unanswered', words }
}

function hostTrouble(answer: DnsAnswer, scene: Scene): Consequence {
  const none = withoutRecords(answer)
  const from = `${answer.name} gives`
  if (none !== null) {
    const words = `${from} ${none.words} at ${answer.server},`
    if (none.state === 'open') return { ...none, words }
    return { state: 'wrong', reason: 'provisioning-unresolved', words }
  }
  const group = groupOf('dns-a', answer.name, scene)
  if (group.known.length === 0 || group.open > 0) return null
  const wanted = [...new Set(group.known.map(({ value }) => value))].sort()
  const found = [...new Set(answer.addresses)].sort()
  if (answer.more === 0 && wanted.join() === found.join()) return null
  const words = `${from} ${found.join(', ')} at ${answer.server}, not ${wanted.join(', ')},`
  return { state: 'wrong', reason: 'dns-wrong-value', words }
}

function worstOf(all: readonly Consequence[]): Consequence {
  return all.find((one) => one?.state === 'wrong') ?? all.find((one) => one !== null) ?? null
}
