import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Fault } from '../shared/errors.ts'
import type { FarEndName, Site } from '../shared/profile/site.ts'
import { accessKeyOf, type ReadyFarEnd, type ReadySegment } from './plan.ts'

const NAMES: readonly FarEndName[] = ['primary', 'secondary']

/**
 * The far ends of a site as the stream sender needs them: names resolved, keys taken apart.
 * @param keys `id:secret` of each far end, as the loader read them
 * @param where the file (or command line) to name when something is missing
 * @throws Fault CONFIG_VALUE where a key is missing, UNREACHABLE where a name does not resolve
 */
export async function readyFarEnds(
  site: Site,
  keys: { readonly [name in FarEndName]: string | null },
  where: string,
): Promise<ReadyFarEnd[]> {
  const configured = NAMES.flatMap((farEnd) => {
    const found = site.farEnds[farEnd]
    return found === undefined ? [] : [{ farEnd, found }]
  })
  if (configured.length === 0) {
    const wanted = 'at least one far end'
    throw new Fault('CONFIG_VALUE', `${where}: farEnds`, wanted, 'none', 'name a reflector')
  }
  return Promise.all(
    configured.map(async ({ farEnd, found }) => {
      const key = keys[farEnd]
      const at = `${where}: farEnds.${farEnd}`
      if (key === null) {
        const repair = 'make one with: voip-ready reflector keys add NAME'
        throw new Fault('CONFIG_VALUE', at, 'key or keyFile', 'neither', repair)
      }
      const address = await resolveName(found.reflector, `${at}.reflector`, site)
      if (found.responder !== undefined) demandZone(found.responder, `${at}.responder`)
      return { farEnd, address, port: found.port, key: accessKeyOf(key), path: found.path }
    }),
  )
}

/** A far end that is named and not ready to be looked at. */
export interface LackingFarEnd {
  readonly farEnd: FarEndName
  readonly why: string
}

/**
 * The far ends that are ready as the site stands: for runs that can do without one. One without a
 * key, whose name does not resolve, or whose address nothing can be sent to is left out, and says why.
 */
export async function farEndsAtHand(
  site: Site,
  keys: { readonly [name in FarEndName]: string | null },
  where: string,
): Promise<{ readonly ready: ReadyFarEnd[]; readonly lacking: readonly LackingFarEnd[] }> {
  const named = NAMES.filter((farEnd) => site.farEnds[farEnd] !== undefined)
  const found = await Promise.all(
    named.map((farEnd) => {
      const alone = { ...site, farEnds: { [farEnd]: site.farEnds[farEnd] } }
      return readyFarEnds(alone, keys, where).catch((error: unknown): LackingFarEnd => {
        if (error instanceof Fault) return { farEnd, why: error.message }
        throw error
      })
    }),
  )
  return {
    ready: found.flatMap((one) => ('why' in one ? [] : one)),
    lacking: found.filter((one) => 'why' in one),
  }
}

/**
 * The borders of the site's segments, ready to stream to; none where the site names none.
 * @param keys `id:secret` by name of the segment
 * @throws Fault CONFIG_VALUE where a key is missing, UNREACHABLE where a name does not resolve
 */
export async function readySegments(
  site: Site,
  keys: { readonly [name: string]: string | null },
  where: string,
): Promise<ReadySegment[]> {
  const first = NAMES.find((name) => site.farEnds[name] !== undefined) ?? 'primary'
  return Promise.all(
    (site.segments ?? []).map(async ({ name, reflector, port, farEnd = first }) => {
      const at = `${where}: segments ${name}`
      const key = keys[name] ?? null
      if (key === null) {
        const repair = 'make one there with: voip-ready reflector keys add NAME'
        throw new Fault('CONFIG_VALUE', at, 'key or keyFile', 'neither', repair)
      }
      const address = await resolveName(reflector, `${at} reflector`, site)
      return { name, farEnd, address, port, key: accessKeyOf(key) }
    }),
  )
}

/**
 * The borders that are ready as the site stands, and why the others are not: the way itself is measured
 * whatever stands along it.
 */
export async function segmentsAtHand(
  site: Site,
  keys: { readonly [name: string]: string | null },
  where: string,
): Promise<{ readonly ready: readonly ReadySegment[]; readonly lacking: readonly Fault[] }> {
  const found = await Promise.all(
    (site.segments ?? []).map((segment) =>
      readySegments({ ...site, segments: [segment] }, keys, where).catch((error: unknown) => {
        if (error instanceof Fault) return error
        throw error
      }),
    ),
  )
  return {
    ready: found.flatMap((one) => (one instanceof Fault ? [] : one)),
    lacking: found.filter((one) => one instanceof Fault),
  }
}

async function resolveName(
  name: string,
  where: string,
  { localAddress }: Pick<Site, 'localAddress'>,
): Promise<string> {
  const family = isIP(localAddress?.split('%', 1)[0] ?? '')
  const address = isIP(name) !== 0 ? name : await addressOf(name, where, family)
  demandZone(address, where)
  if (family === 0 || isIP(address) === family) return address
  const wanted = `an IPv${family} address, as localAddress is one`
  const repair = 'give both of one kind, or leave localAddress out'
  throw new Fault('CONFIG_VALUE', where, wanted, address, repair)
}

/** @param family 4 or 6; 0: either */
async function addressOf(name: string, where: string, family: number): Promise<string> {
  try {
    return (await lookup(name, { family })).address
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? 'no answer'
    const repair = 'write an address, or mend name resolution on this host'
    throw new Fault('UNREACHABLE', where, `a name that resolves (${name})`, found, repair)
  }
}

const LINK_LOCAL = /^fe[89ab][0-9a-f]:/i

/**
 * A link-local address is one of every link (RFC 4007 section 6): without the interface of the link that
 * is meant nothing can be sent to it, and that would read as a far end that does not answer.
 */
function demandZone(address: string, where: string): void {
  if (!LINK_LOCAL.test(address)) return
  const [literal, zone = ''] = address.split('%')
  const own = Object.entries(networkInterfaces())
  const names = own.filter(([, list]) => list?.some((one) => LINK_LOCAL.test(one.address)) === true)
  const known = names.map(([name]) => name)
  if (known.includes(zone) || /^\d+$/.test(zone)) return
  const wanted = `a link-local address with the interface behind it (${literal}%INTERFACE)`
  const here = known.length === 0 ? 'this host has none' : `here: ${known.join(', ')}`
  const repair = `name the interface of that link (${here}), or give an address that is routed`
  throw new Fault('CONFIG_VALUE', where, wanted, address, repair)
}
