import { NoLog } from '../bundle/downloads.ts'
import { inThread } from '../thread/one-job.ts'
import { workerFile } from '../thread/worker-file.ts'
import type { ReportJob, ReportReply } from './job.ts'

/** The bundle does not hold what is asked. */
export class ReportRefused extends Error {
  override readonly name = 'ReportRefused'
}

/**
 * The octets of a report, cut and made in a thread of its own.
 * @throws NoLog, ReportRefused, JobTooMuch, the signal's reason
 */
export async function reportInThread(job: ReportJob, signal: AbortSignal): Promise<Uint8Array> {
  const program = workerFile(import.meta.url, 'server/reports')
  const reply = await inThread<ReportReply>(program, job, signal)
  if (reply.ok) return reply.octets
  if (reply.why === 'no-log') throw new NoLog(reply.text)
  throw reply.why === 'refused' ? new ReportRefused(reply.text) : new Error(reply.text)
}
