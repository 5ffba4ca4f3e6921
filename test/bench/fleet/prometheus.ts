import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../../support/free-port.ts'
import { stop } from '../processes.ts'

/** A real Prometheus that scrapes what it is told to. */
export interface Prometheus {
  /** Value of a query for each job. */
  readonly ask: (query: string) => Promise<ReadonlyMap<string, number>>
  readonly end: () => Promise<void>
}

/** @param targets addresses by the name of their job; @param everySeconds how often each is scraped */
export async function startPrometheus(
  targets: { readonly [job: string]: string },
  everySeconds: number,
): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'voip-ready-bench-'))
  const jobs = Object.entries(targets).map(([job, url]) => ({
    ...{ job_name: job, honor_labels: true, metrics_path: new URL(url).pathname },
    static_configs: [{ targets: [new URL(url).host] }],
  }))
  const every = { scrape_interval: `${everySeconds}s`, scrape_timeout: `${everySeconds}s` }
  writeFileSync(
    join(folder, 'prometheus.yml'),
    JSON.stringify({ global: every, scrape_configs: jobs }),
  )
  const port = await freePort()
  const own = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`]
  const child = spawn('prometheus', [...own, `--web.listen-address=127.0.0.1:${port}`], {
    stdio: 'ignore',
  })
  return {
    ask: (query) => askFor(`http://127.0.0.1:${port}`, query),
    end: async () => {
      await stop(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const PATIENCE = 60

async function askFor(base: string, query: string): Promise<ReadonlyMap<string, number>> {
  for (let tried = 0; ; tried += 1) {
    try {
      const answer = await fetch(`${base}/api/v1/query?query=${encodeURIComponent(query)}`)
      const { data } = (await answer.json()) as {
        data: { result: { metric: { job: string }; value: [number, string] }[] }
      }
      return new Map(data.result.map(({ metric, value }) => [metric.job, Number(value[1])]))
    } catch (error) {
      if (tried >= PATIENCE) throw error
      await setTimeout(500)
    }
  }
}
