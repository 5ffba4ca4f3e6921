import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Fault } from '../../../shared/errors.ts'
import { expandPorts, type PortPair, samplePorts } from '../../../shared/profile/ports.ts'
import type { ListenerState } from '../../io/port-listeners.ts'

/**
 * Every distinct pair that the profiles' port rows ask for, and, with a range of voice, the sample
 * of it that agents test. The loader and its schema come in only here.
 * @throws Fault as the loader does
 */
export async function portsToHold(
  profiles: readonly string[],
  rtp: readonly [number, number] | undefined,
): Promise<PortPair[]> {
  const { loadProfile } = await import('../../../config/load.ts')
  const wanted = new Map<string, PortPair>()
  for (const name of profiles) {
    const { profile } = await loadProfile(name)
    for (const row of profile.requirements)
      if (row.kind === 'ports')
        for (const pair of expandPorts(row)) wanted.set(`${pair.proto} ${pair.port}`, pair)
  }
  for (const port of rtp === undefined ? [] : samplePorts(rtp))
    wanted.set(`udp ${port}`, { proto: 'udp', port })
  return [...wanted.values()]
}

/** `A,B` -> literal addresses; without any, the reflector's own, and for a wildcard all of this host. */
export function respondAddresses(text: string | undefined, listen: string): readonly string[] {
  if (text !== undefined) {
    const addresses = text.split(',').map((part) => part.trim())
    const wrong = addresses.find((address) => isIP(address) === 0)
    if (wrong === undefined) return addresses
    throw new Fault('USAGE', '--respond-address', 'literal addresses, comma between them', wrong)
  }
  if (listen !== '0.0.0.0' && listen !== '::') return [listen]
  const family = listen === '::' ? 'IPv6' : 'IPv4'
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((one) => !one.internal && one.family === family && !one.address.startsWith('fe80:'))
    .map((one) => one.address)
}

/** `16384-32767` -> both ends. */
export function parseRange(text: string): readonly [number, number] {
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? []
  const range = [Number(first), Number(last)] as const
  if (range[0] >= 1 && range[0] <= range[1] && range[1] <= 65_535) return range
  throw new Fault('USAGE', '--respond-rtp', 'FIRST-LAST, for example 16384-32767', text)
}

const CAUSES = {
  'in-use': 'another process holds it',
  'not-permitted': 'not permitted: run as root or grant CAP_NET_BIND_SERVICE',
  'no-address': 'this host has no such address',
  error: 'the system refused it',
} as const

/**
 * What a responder holds and what it does not, by name, for the person who started it.
 * @param sipPort port that this same process mirrors SIP on: what is in use there is our own doing
 */
export function holdText(states: readonly ListenerState[], sipPort?: number): string[] {
  const held = states.filter(({ state }) => state === 'listening')
  const addresses = [...new Set(states.map(({ address }) => address))].join(', ')
  const lines = [`responder holds ${held.length} of ${states.length} ports at ${addresses}`]
  const own = ({ state, port }: ListenerState) => state === 'in-use' && port === sipPort
  const ours = `this reflector mirrors SIP there: leave out --sip-port ${sipPort} to hold it`
  tell(ours, states.filter(own))
  for (const [state, cause] of Object.entries(CAUSES)) {
    tell(
      cause,
      states.filter((one) => one.state === state && !own(one)),
    )
  }
  return lines

  function tell(cause: string, missing: readonly ListenerState[]): void {
    if (missing.length === 0) return
    const names = missing.map(({ address, proto, port }) => `${proto} ${address} ${port}`)
    const shown = names.length <= 40 ? names : [...names.slice(0, 40), `${names.length - 40} more`]
    lines.push(`not listening (${cause}): ${shown.join(', ')}`)
  }
}
