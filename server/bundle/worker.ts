import { parentPort, workerData } from 'node:worker_threads'
import { isDiskFull } from '../../shared/errors.ts'
import { roomFor } from '../disk.ts'
import type { BundleAsk } from './ask.ts'
import { type BundleSources, bundleLines } from './collect.ts'
import type { CutJob, CutReply } from './job.ts'
import { packToFile } from './pack.ts'
import { withSources } from './sources.ts'

/** Before the work below: what a class is, is known from where it stands on. */
class NoRoom extends Error {}

/** Writes one bundle and ends; whoever started it may end it sooner. */
const port = parentPort
if (port === null) throw new Error('this file runs as a worker thread')

port.postMessage(await replyOf(workerData as CutJob))
port.close()

async function replyOf({ aside, by, ask, file, directory }: CutJob): Promise<CutReply> {
  const room = () => {
    const lacking = roomFor(directory)
    if (lacking !== null) throw new NoRoom(lacking)
  }
  try {
    room()
    return await withSources(aside, by, async (sources) => {
      const cut = await bundleLines(sources, ask)
      if (cut === null) return { ok: false, why: 'no-log', text: await lackOf(sources, ask) }
      const { lines, elsewhere } = cut
      return { ok: true, octets: await packToFile(lines, file, room), elsewhere }
    })
  } catch (error) {
    if (isDiskFull(error) || error instanceof NoRoom) {
      return { ok: false, why: 'no-room', text: error.message }
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { ok: false, why: 'failed', text }
  }
}

async function lackOf({ store }: BundleSources, { site, log }: BundleAsk): Promise<string> {
  if (log === undefined) return site
  const origins = (await store.ledger.allLogs()).map(({ origin }) => origin)
  return `no log of origin ${log}; here: ${origins.join(', ') || 'none'}`
}
