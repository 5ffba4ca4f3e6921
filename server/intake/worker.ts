import { parentPort } from 'node:worker_threads'
import { ok } from '../../shared/result.ts'
import type { ListedKey } from '../access/known.ts'
import { type Call, OPENED, type Reply, refusalOf } from '../thread/protocol.ts'
import type { Body } from './body.ts'
import { KeyTable } from './key-table.ts'
import { type Taken, type TakenBody, takeBody } from './take-line.ts'

/** What one call hands over, beside the keys that were enrolled since the last: a few of these. */
export interface IntakeJob {
  readonly body: Body
  /** Arrival, milliseconds since 1970. */
  readonly receivedMs: number
}

/**
 * Reads, checks and packs records: most of what a record costs, and nothing of it needs to know who
 * else sends. Calls are served one after the other.
 */
const port = parentPort
if (port === null) throw new Error('this file runs as a worker thread')

const keys = new KeyTable()
const post = (reply: Reply, moved: readonly ArrayBuffer[] = []) => port.postMessage(reply, moved)

port.on('message', ({ id, method, args }: Call) => {
  if (method === 'close') {
    post({ id, ok: true, value: null })
    port.close()
    return
  }
  try {
    const [news, jobs] = args as [readonly ListedKey[], readonly IntakeJob[]]
    keys.add(news)
    const packed: ArrayBuffer[] = []
    post({ id, ok: true, value: jobs.map((job) => takeAll(job, packed)) }, packed)
  } catch (error) {
    post(refusalOf(id, error))
  }
})
post({ id: OPENED, ok: true, value: null })

function takeAll({ body, receivedMs }: IntakeJob, buffers: ArrayBuffer[]): TakenBody {
  const taken = takeBody(body, receivedMs, keys)
  return taken.ok ? ok(inOneBuffer(taken.value, buffers)) : taken
}

/** Views of one buffer, which is moved to the other thread: nothing is copied on the way. */
function inOneBuffer(taken: readonly Taken[], buffers: ArrayBuffer[]): Taken[] {
  const sizes = taken.map((line) => (line.ok ? line.value.row.packed.byteLength : 0))
  const whole = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0))
  buffers.push(whole.buffer)
  let at = 0
  return taken.map((line): Taken => {
    if (!line.ok) return line
    const { packed } = line.value.row
    whole.set(packed, at)
    at += packed.byteLength
    const view = whole.subarray(at - packed.byteLength, at)
    return ok({ ...line.value, row: { ...line.value.row, packed: view } })
  })
}
