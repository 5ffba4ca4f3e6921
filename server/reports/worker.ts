import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../../shared/errors.ts'
import { bundleLines, bundleName } from '../bundle/collect.ts'
import { packStream } from '../bundle/pack.ts'
import { withSources } from '../bundle/sources.ts'
import type { CutBundle, ReportJob, ReportReply } from './job.ts'
import { makeReport } from './make.ts'

/** Cuts the bundles of one report, makes it, and ends; whoever started it may end it sooner. */
const port = parentPort
if (port === null) throw new Error('this file runs as a worker thread')

port.postMessage(await replyOf(workerData as ReportJob))
port.close()

async function replyOf(job: ReportJob): Promise<ReportReply> {
  try {
    const bundles = await cut(job)
    if (bundles === null) return { ok: false, why: 'no-log', text: 'no log' }
    return { ok: true, octets: new Uint8Array(await makeReport(job, bundles)) }
  } catch (error) {
    if (error instanceof Fault) return { ok: false, why: 'refused', text: error.message }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { ok: false, why: 'failed', text }
  }
}

/** Null: there is no log to cut them of. */
function cut({ aside, by, bundles }: ReportJob): Promise<CutBundle[] | null> {
  return withSources(aside, by, async (sources) => {
    const made: CutBundle[] = []
    for (const ask of bundles) {
      const cut = await bundleLines(sources, ask)
      if (cut === null) return null
      made.push({ file: bundleName(ask), octets: await packStream(cut.lines) })
    }
    return made
  })
}
