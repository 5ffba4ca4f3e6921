import type { Probe } from './types.ts'

/**
 * Every probe besides the voice streams, with its real sockets and files. Each is loaded only when it
 * is asked for; loading one opens nothing.
 */
export const PROBES: readonly (() => Promise<Probe>)[] = [
  // DHCP names the DNS servers that the next one asks.
  async () => {
    const [{ dhcpProbe }, { dhcpIo }, { dnsClient }, { tryHttp }] = await Promise.all([
      import('./dhcp/dhcp.ts'),
      import('../io/dhcp.ts'),
      import('../io/dns.ts'),
      import('../io/http.ts'),
    ])
    return dhcpProbe({ dhcp: dhcpIo(), askDns: dnsClient(), tryHttp })
  },
  async () => {
    const [{ dnsProbe }, { dnsClient }, { hostResolver, systemLookup }] = await Promise.all([
      import('./dns/dns.ts'),
      import('../io/dns.ts'),
      import('../io/resolver.ts'),
    ])
    return dnsProbe({ ask: dnsClient(), hostResolver, systemLookup })
  },
  async () => (await import('./link/link.ts')).linkProbe((await import('../io/link.ts')).linkIo()),
  async () =>
    (await import('./path/path.ts')).pathProbe((await import('../trace/start.ts')).runTrace),
  async () =>
    (await import('./ports/ports.ts')).portsProbe((await import('../io/ports.ts')).portsIo()),
  async () => {
    const [{ sipAlgProbe }, { sipMeans }] = await Promise.all([
      import('./sip-alg/sip-alg.ts'),
      import('../io/sip-means.ts'),
    ])
    return sipAlgProbe(sipMeans())
  },
]
