// A ring of raw rows that is written to as fast as it can be. Argument: JSON { folder, firstMs }.
// Prints the digest of every window that the ring has written.
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { RowsRing } from '../../dist/agent/rows/ring.js'
import { encodeAgentRows } from '../../dist/shared/measure/raw-rows.js'
import { emptyRows } from '../../dist/shared/measure/rows.js'

const { folder, firstMs } = JSON.parse(process.argv[2] ?? '')
let nowMs = firstMs
const limits = { maxOctets: 1e9, maxDays: 7, queueOctets: 1e8 }
const onState = (cause) => writeSync(2, `state ${cause}\n`)
const ring = new RowsRing({ folder, limits, nowMs: () => nowMs, onState })
for (;;) {
  const rows = emptyRows(Math.floor(nowMs / 1000), nowMs % 9e5, 2000)
  for (let i = 0; i < rows.count; i++) rows.dueNs[i] = i * 20e6 + Math.floor(Math.random() * 1e6)
  const bytes = encodeAgentRows([rows])
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const span = { from: nowMs, to: nowMs + 60_000 }
  nowMs += 60_000
  const note = { side: 'agent', ...span, sha256, rows: rows.count, octets: bytes.length }
  ring.offer({ ...note, site: 'leeds', agent: 'leeds', farEnd: 'primary' }, bytes)
  await ring.idle()
  writeSync(1, `${sha256}\n`)
}
