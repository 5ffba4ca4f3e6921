// Runs an agent's look besides voice on a host of the lab; prints its result and how the parts pack as JSON.
// Arguments: site file, SHA-256 of the profile.
import { checkApart } from '../../dist/agent/run/check-apart.js'
import { RoundQueue } from '../../dist/agent/run/round-queue.js'

const [file, sha256] = process.argv.slice(2)
const startedMs = Date.now()
const looked = await checkApart(file, sha256, new AbortController().signal)
const parts = []
if (looked.ok) {
  const said = () => {}
  const queue = new RoundQueue({ info: said, warn: said, error: said })
  queue.add({ startedMs, everyMs: 3_600_000, observations: looked.value })
  for (let part = queue.take(15_000); part; part = queue.take(15_000)) parts.push(part)
}
const seconds = (Date.now() - startedMs) / 1000
process.stdout.write(`${JSON.stringify({ ...looked, parts, seconds })}\n`)
