/** Addresses and routes of a lab, computed from its list of links. No system calls. */
export type Link = readonly [near: string, far: string]

/** site - r1 - r2 - r3 - two data centres. */
export const DEFAULT_LINKS: readonly Link[] = [
  ['site', 'r1'],
  ['r1', 'r2'],
  ['r2', 'r3'],
  ['r3', 'dc1'],
  ['r3', 'dc2'],
]

/** Addresses a host owns beside those of its links: the servers' of the contract's own examples. */
export const SERVER_ADDRESSES: Readonly<Record<string, Address>> = {
  dc1: { ipv4: '192.168.0.1', ipv6: 'fd77:0:1::1' },
  dc2: { ipv4: '192.168.0.2', ipv6: 'fd77:0:1::2' },
}

export interface Address {
  readonly ipv4: string
  readonly ipv6: string
}

export function linkName([near, far]: Link): string {
  return `${near}-${far}`
}

export function hostsOf(links: readonly Link[]): readonly string[] {
  return [...new Set(links.flat())]
}

/** Link n (from 0) has 10.77.<n+1>.0/24 and fd77:0:0:<n+1>::/64; near .1, far .2. */
export function linkAddress(links: readonly Link[], host: string, neighbour: string): Address {
  const index = links.findIndex((link) => link.includes(host) && link.includes(neighbour))
  if (index < 0) throw new Error(`there is no link between ${host} and ${neighbour}`)
  return onLink(index, links[index]![0] === host ? 1 : 2)
}

/** Addresses of an impairment router on link n: .253 on the near side, .254 on the far side. */
export function routerAddress(index: number, side: 0 | 1): Address {
  return onLink(index, 253 + side)
}

/** The address a host is known by: that of its first link. */
export function hostAddress(links: readonly Link[], host: string): Address {
  const link = links.find((candidate) => candidate.includes(host))
  if (link === undefined) throw new Error(`there is no host ${host}`)
  return linkAddress(links, host, link[0] === host ? link[1] : link[0])
}

export function neighboursOf(links: readonly Link[], host: string): readonly string[] {
  return links.flatMap(([near, far]) => (near === host ? [far] : far === host ? [near] : []))
}

/** `ip` commands that route every subnet and server address the host is not itself on. */
export function routeCommands(links: readonly Link[], host: string): readonly string[] {
  const first = firstHops(links, host)
  const commands: string[] = []
  for (const [index, [near, far]] of links.entries()) {
    if (near === host || far === host) continue
    const via = closer(first, near, far)
    if (via === undefined) continue
    const gateway = linkAddress(links, via, host)
    commands.push(`route replace 10.77.${index + 1}.0/24 via ${gateway.ipv4} dev ${via}`)
    commands.push(`route replace fd77:0:0:${index + 1}::/64 via ${gateway.ipv6} dev ${via}`)
  }
  for (const [owner, server] of Object.entries(SERVER_ADDRESSES)) {
    const via = first.get(owner)?.via
    if (owner === host || via === undefined) continue
    const gateway = linkAddress(links, via, host)
    commands.push(`route replace ${server.ipv4}/32 via ${gateway.ipv4} dev ${via}`)
    commands.push(`route replace ${server.ipv6}/128 via ${gateway.ipv6} dev ${via}`)
  }
  return commands
}

interface Hop {
  readonly via: string
  readonly distance: number
}

/** For every other host the neighbour to go by; breadth first, so the earlier link wins a tie. */
function firstHops(links: readonly Link[], host: string): ReadonlyMap<string, Hop> {
  const hops = new Map<string, Hop>()
  const queue: [string, Hop][] = neighboursOf(links, host).map((via) => [via, { via, distance: 1 }])
  for (const [here, hop] of queue) {
    if (here === host || hops.has(here)) continue
    hops.set(here, hop)
    for (const next of neighboursOf(links, here)) {
      queue.push([next, { via: hop.via, distance: hop.distance + 1 }])
    }
  }
  return hops
}

function closer(hops: ReadonlyMap<string, Hop>, near: string, far: string): string | undefined {
  const a = hops.get(near)
  const b = hops.get(far)
  if (a === undefined || b === undefined) return (a ?? b)?.via
  return a.distance <= b.distance ? a.via : b.via
}

function onLink(index: number, last: number): Address {
  return {
    ipv4: `10.77.${index + 1}.${last}`,
    ipv6: `fd77:0:0:${index + 1}::${last.toString(16)}`,
  }
}

/** An address as bytes, network order; IPv6 with exactly one `::`, as all of the lab's have. */
export function octets({ ipv4, ipv6 }: Address): {
  ipv4: readonly number[]
  ipv6: readonly number[]
} {
  const [head = '', tail = ''] = ipv6.split('::')
  const groups = [...head.split(':'), ...tail.split(':')].map((group) => Number.parseInt(group, 16))
  groups.splice(head.split(':').length, 0, ...Array<number>(8 - groups.length).fill(0))
  return {
    ipv4: ipv4.split('.').map(Number),
    ipv6: groups.flatMap((group) => [group >> 8, group & 255]),
  }
}
