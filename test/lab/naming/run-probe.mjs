// Runs the DHCP and DNS probes of a site (JSON, first argument) and prints what they saw as JSON.

import { dhcpIo } from '../../../dist/agent/io/dhcp.js'
import { dnsClient } from '../../../dist/agent/io/dns.js'
import { tryHttp } from '../../../dist/agent/io/http.js'
import { hostResolver, systemLookup } from '../../../dist/agent/io/resolver.js'
import { dhcpProbe } from '../../../dist/agent/probes/dhcp/dhcp.js'
import { dnsProbe } from '../../../dist/agent/probes/dns/dns.js'
import { loadProfile } from '../../../dist/config/load.js'

const { site, probes, only } = JSON.parse(process.argv[2])
const { profile } = await loadProfile(site.profile)
const earlier = []
/** With the real sockets, as the table has them; only less patient, since a lab is never slow. */
const askDns = dnsClient({ timeoutMs: 500 })
const timing = { againMs: 250, listenMs: 700, patienceMs: 1200, unicastMs: 400 }
const quick = [
  dhcpProbe({ dhcp: dhcpIo(), askDns, tryHttp }, timing),
  dnsProbe({ ask: askDns, hostResolver, systemLookup }),
]
for (const probe of quick.filter(({ name }) => probes.includes(name))) {
  const context = { profile, site, farEnds: [], earlier, nowMs: Date.now, progress: () => {} }
  const narrowed = only === undefined ? context : { ...context, only: new Set(only) }
  earlier.push(...(await probe.run(narrowed, new AbortController().signal)))
}
process.stdout.write(JSON.stringify(earlier))
