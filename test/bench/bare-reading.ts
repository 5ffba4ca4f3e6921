import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/**
 * What anyone must do who reads a bundle at all: unpack it, hash each line, and parse each line, with
 * the record in it, and each receipt of that. Nothing is checked. Beside this the verifier is measured.
 */
interface Line {
  readonly kind: string
  readonly payload?: Payload
}

interface Payload {
  readonly evidence?: readonly { readonly receipts: readonly { readonly payload: string }[] }[]
}

const file = readFileSync(process.argv[2] ?? '')
const octets = gunzipSync(file.subarray(file.indexOf('\n') + 1))
let receipts = 0
let from = 0
for (let to = octets.indexOf('\n'); to !== -1; to = octets.indexOf('\n', from)) {
  const line = octets.subarray(from, to)
  from = to + 1
  hash('sha256', line)
  const { kind, payload } = JSON.parse(line.toString()) as Line
  if (kind === 'record' && payload !== undefined) readRecord(payload)
}
process.stdout.write(`${receipts}\n`)

function readRecord({ evidence = [] }: Payload): void {
  for (const receipt of evidence.flatMap((one) => one.receipts)) {
    JSON.parse(Buffer.from(receipt.payload, 'base64').toString())
    receipts += 1
  }
}
