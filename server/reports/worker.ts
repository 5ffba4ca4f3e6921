import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../../shared/errors.ts'
import type { ReportJob, ReportReply } from './job.ts'
import { makeReport } from './make.ts'

/** Makes one report and ends; whoever started it may end it sooner. */
const port = parentPort
if (port === null) throw new Error('this file runs as a worker thread')

port.postMessage(await replyOf(workerData as ReportJob))
port.close()

async function replyOf(job: ReportJob): Promise<ReportReply> {
  try {
    return { ok: true, octets: new Uint8Array(await makeReport(job)) }
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: true, why: error.message }
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { ok: false, fault: false, why }
  }
}
