import { mkdirSync, writeFileSync } from 'node:fs'
import { requireProgram } from '../command.ts'
import type { Lab } from '../topology.ts'
import { listening, type Peer } from './peer.ts'

/** Prometheus with the given configuration (YAML); resolves when it is ready to be asked. */
export async function startPrometheus(
  lab: Lab,
  host: string,
  config: string,
  port = 9090,
): Promise<Peer & { readonly url: string }> {
  const folder = lab.file(`${host}-prometheus`)
  mkdirSync(folder)
  writeFileSync(`${folder}/prometheus.yml`, config)
  const url = `http://${lab.address(host).ipv4}:${port}`
  const child = lab.spawn(host, [
    requireProgram('prometheus'),
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=0.0.0.0:${port}`,
  ])
  await child.until(/Server is ready to receive web requests/)
  return { host, child, url }
}

/** One instant query: label sets and their values, as promtool answers. */
export async function queryPrometheus(
  lab: Lab,
  peer: Peer & { readonly url: string },
  query: string,
): Promise<
  readonly { readonly metric: Readonly<Record<string, string>>; readonly value: number }[]
> {
  const promtool = requireProgram('promtool')
  const argv = [promtool, 'query', 'instant', '-o', 'json', peer.url, query]
  const { stdout } = await lab.run(peer.host, argv)
  const rows = JSON.parse(stdout) as readonly {
    metric: Record<string, string>
    value: readonly [number, string]
  }[]
  return rows.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
}

/** Alertmanager alone, no cluster, with the given configuration (YAML). */
export async function startAlertmanager(
  lab: Lab,
  host: string,
  config: string,
  port = 9093,
): Promise<Peer & { readonly url: string }> {
  const folder = lab.file(`${host}-alertmanager`)
  mkdirSync(folder)
  writeFileSync(`${folder}/alertmanager.yml`, config)
  const child = lab.spawn(host, [
    requireProgram('prometheus-alertmanager'),
    `--config.file=${folder}/alertmanager.yml`,
    `--storage.path=${folder}/data`,
    `--web.listen-address=0.0.0.0:${port}`,
    '--cluster.listen-address=',
  ])
  const peer = { host, child, url: `http://${lab.address(host).ipv4}:${port}` }
  await listening(lab, peer, 'tcp', port)
  return peer
}
