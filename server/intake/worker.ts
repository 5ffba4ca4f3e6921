import { parentPort } from 'node:worker_threads'
import type { ListedKey } from '../access/known.ts'
import { type Call, OPENED, type Reply, refusalOf } from '../thread/protocol.ts'
import { KeyTable } from './key-table.ts'
import { type Taken, takeLine } from './take-line.ts'

/** What one call hands over: keys that were enrolled since the last, and bodies' lines. */
export interface IntakeJob {
  readonly lines: readonly Uint8Array[]
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
const post = (reply: Reply) => port.postMessage(reply)

port.on('message', ({ id, method, args }: Call) => {
  if (method === 'close') {
    post({ id, ok: true, value: null })
    port.close()
    return
  }
  try {
    const [news, jobs] = args as [readonly ListedKey[], readonly IntakeJob[]]
    keys.add(news)
    post({ id, ok: true, value: jobs.map(takeAll) })
  } catch (error) {
    post(refusalOf(id, error))
  }
})
post({ id: OPENED, ok: true, value: null })

function takeAll({ lines, receivedMs }: IntakeJob): Taken[] {
  return inOneBuffer(lines.map((line) => takeLine(line, receivedMs, keys)))
}

/** Views of one buffer are copied between threads in one go. */
function inOneBuffer(taken: readonly Taken[]): Taken[] {
  const sizes = taken.map((line) => (line.ok ? line.value.row.packed.byteLength : 0))
  const whole = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0))
  let at = 0
  return taken.map((line): Taken => {
    if (!line.ok) return line
    const { packed } = line.value.row
    whole.set(packed, at)
    at += packed.byteLength
    const view = whole.subarray(at - packed.byteLength, at)
    return { ok: true, value: { ...line.value, row: { ...line.value.row, packed: view } } }
  })
}
