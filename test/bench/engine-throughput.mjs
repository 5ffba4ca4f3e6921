/**
 * One engine against another on loopback: what it sends and loses, how late, and at what cost.
 *
 *   node test/bench/engine-throughput.mjs [linux|dgram] [streams] [seconds] [prompt|at-due] [best|normal]
 *
 * Needs a build. Every stream is 50 datagrams of 172 bytes a second each way; both ends stamp every
 * departure. Prints one JSON line; cpu is percent of one core per thread above 0.5.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

const [kind = 'linux', streams = '1', seconds = '5', receive = 'prompt', scheduling = 'best'] =
  process.argv.slice(2)
const half = (more) =>
  new Worker(new URL('./engine-worker.mjs', import.meta.url), {
    workerData: {
      kind,
      streams: Number(streams),
      seconds: Number(seconds),
      options: { scheduling },
      ...more,
    },
  })
const next = (worker) =>
  new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))

/** Processor milliseconds of every thread of this process (ticks of 10 ms). */
function threadTimes() {
  const times = new Map()
  for (const id of readdirSync('/proc/self/task')) {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    times.set(id, (Number(fields[11]) + Number(fields[12])) * 10)
  }
  return { at: performance.now(), times }
}

const echo = half({ role: 'echo' })
const { port, capabilities } = await next(echo)
const call = half({ role: 'call', receive, echoPort: port })
let from
let to
setTimeout(() => (from = threadTimes()), 1500)
setTimeout(() => (to = threadTimes()), 1000 * Number(seconds) + 1000)
const result = await next(call)
echo.postMessage('stop')
const echoed = await next(echo)
const cpu = [...to.times]
  .map(([id, ms]) => (100 * (ms - (from.times.get(id) ?? 0))) / (to.at - from.at))
  .filter((percent) => percent > 0.5)
  .map((percent) => Math.round(10 * percent) / 10)
console.log(
  JSON.stringify({
    kind,
    streams: Number(streams),
    receive,
    scheduling: capabilities.scheduling,
    sent: result.sent,
    lost: result.sent - result.arrived,
    notSent: result.notSent + echoed.notSent,
    lateUs: result.lateUs,
    cpu,
    report: result.report,
    echoReport: echoed.report,
  }),
)
