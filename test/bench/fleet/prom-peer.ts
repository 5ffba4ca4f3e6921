import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzip } from 'node:zlib'
import { Gauge, Registry } from 'prom-client'

/**
 * What anybody would do first: the library prom-client with a gauge for each of forty series of so many
 * sites. The values stand still; nothing is judged, taken in or kept.
 */
const SITES = Number(process.argv[2])
const FAMILIES = 10
const registry = new Registry()
const gauges = Array.from(
  { length: FAMILIES },
  (_, n) =>
    new Gauge({
      name: `voipready_peer_figure_${n}_seconds`,
      help: 'A figure of one leg to one far end.',
      labelNames: ['site', 'far_end', 'leg'],
      registers: [registry],
    }),
)
for (let n = 0; n < SITES; n += 1) {
  const site = `site-${String(n).padStart(6, '0')}`
  for (const far_end of ['primary', 'secondary']) {
    for (const leg of ['out', 'back']) {
      for (const [at, gauge] of gauges.entries()) {
        gauge.set({ site, far_end, leg }, (n * (at + 1)) / 1e6)
      }
    }
  }
}
const server = createServer(async (_request, response) => {
  const text = await registry.metrics()
  response.setHeader('content-type', registry.contentType)
  response.setHeader('content-encoding', 'gzip')
  gzip(text, { level: 1 }, (_error, packed) => response.end(packed))
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(`listening at http://127.0.0.1:${port}`)
})
process.on('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
