import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { RECORDS_KEPT, type SystemLookup } from '../../shared/record/dns.ts'

/** What this host itself uses to find names. */
export interface HostResolver {
  readonly servers: readonly string[]
  readonly search: readonly string[]
}

const FILE = '/etc/resolv.conf'
/** Where systemd-resolved lists the servers behind its own stub. */
const BEHIND_STUB = '/run/systemd/resolve/resolv.conf'
const STUB = /^127\.0\.0\.5[34]$/

/** Servers and search list of resolv.conf(5); those behind systemd's stub where that stands there. */
export async function hostResolver(file = FILE, behindStub = BEHIND_STUB): Promise<HostResolver> {
  const own = parseResolver(await readOr(file))
  if (!own.servers.some((server) => STUB.test(server))) return own
  const behind = parseResolver(await readOr(behindStub))
  const servers = own.servers.filter((server) => !STUB.test(server))
  return { search: own.search, servers: [...servers, ...behind.servers] }
}

/** The last `search` or `domain` line counts (resolv.conf(5)); what is no address is left out. */
export function parseResolver(text: string): HostResolver {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/))
  const servers = lines.flatMap(([key, value = '']) => (key === 'nameserver' ? [value] : []))
  const search = lines.filter(([key]) => key === 'search' || key === 'domain').at(-1) ?? []
  return {
    servers: servers.filter((server) => isIP(server.split('%')[0] ?? '') !== 0).slice(0, 4),
    search: search.slice(1, 1 + RECORDS_KEPT).map((name) => name.replace(/\.$/, '')),
  }
}

/**
 * Asks the system's resolver as any program on this host would: hosts file, search list, multicast
 * DNS. IPv4 alone. Gives up after `timeoutMs`; the system itself may go on trying for longer.
 */
export async function systemLookup(name: string, timeoutMs = 3000): Promise<SystemLookup> {
  const startMs = performance.now()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeoutMs)
  })
  try {
    const found = await Promise.race([lookup(name, { all: true, family: 4 }), late])
    const ms = performance.now() - startMs
    if (found === 'late') return { name, outcome: 'silent', addresses: [], ms: null }
    const addresses = found.slice(0, RECORDS_KEPT).map(({ address }) => address)
    return { name, outcome: 'answer', addresses, ms }
  } catch (error) {
    const missing = ['ENOTFOUND', 'ENODATA'].includes((error as NodeJS.ErrnoException).code ?? '')
    return { name, outcome: missing ? 'not-found' : 'error', addresses: [], ms: null }
  } finally {
    clearTimeout(timer)
  }
}

async function readOr(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return ''
  }
}
