// Runs the link probe on a host of the lab and prints what it saw as one line of JSON. Argument (JSON):
// site, farEnds, lldpSocket.
import { linkIo } from '../../dist/agent/io/link.js'
import { linkProbe } from '../../dist/agent/probes/link/link.js'

const { site, farEnds, lldpSocket } = JSON.parse(process.argv[2])
const context = { site, farEnds, earlier: [], nowMs: Date.now, progress: () => {} }
const seen = await linkProbe(linkIo(lldpSocket)).run(context, new AbortController().signal)
process.stdout.write(`${JSON.stringify(seen)}\n`)
