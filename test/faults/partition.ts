import { routeCommands } from '../lab/plan.ts'
import type { Lab } from '../lab/topology.ts'

/**
 * Cuts the lab in two at a router: `drop` lets packets vanish, as a firewall or a lost route does,
 * `down` takes its links away, so that neighbours are told. Resolves with what heals it.
 */
export async function partition(
  lab: Lab,
  router: string,
  how: 'drop' | 'down',
): Promise<() => Promise<void>> {
  if (how === 'drop') {
    const rule = 'type filter hook forward priority 0; counter drop;'
    await lab.nft(router, `table inet partition { chain forward { ${rule} } }`)
    return () => lab.nft(router, '')
  }
  const neighbours = lab.neighbours(router)
  lab.ip(router, ...neighbours.map((one) => `link set ${one} down`))
  return async () => {
    // A link that was down has forgotten its routes and its IPv6 addresses.
    const up = neighbours.flatMap((one) => [
      `link set ${one} up`,
      `addr replace ${lab.address(router, one).ipv6}/64 dev ${one} nodad`,
    ])
    lab.ip(router, ...up, ...routeCommands(lab.links, router))
  }
}
