// An agent without its streams: the product's own recorder, spool and uplink, with windows made up
// every few milliseconds instead of every minute. Argument: JSON { spool, collector, tokenFile,
// everyMs, maxBytes, simulated: { fromMs, stepMs, records } }: with the last, so many windows, one each step
// from that instant on, and no more. Prints a line for every record that the spool has kept, and on SIGTERM makes
// no more windows, waits until everything is delivered, prints the totals and ends.
import { randomUUID } from 'node:crypto'
import { readFileSync, writeSync } from 'node:fs'
import { makeLog } from '../../dist/agent/log.js'
import { Recorder } from '../../dist/agent/run/recorder.js'
import { sleep } from '../../dist/agent/sleep.js'
import { sha256 } from '../../dist/agent/uplink/chain.js'
import { openConnections } from '../../dist/agent/uplink/connections.js'
import { posterOn } from '../../dist/agent/uplink/post.js'
import { Spool } from '../../dist/agent/uplink/spool.js'
import { Spread } from '../../dist/agent/uplink/spread.js'
import { startUplink } from '../../dist/agent/uplink/uplink.js'

const {
  spool: folder,
  collector,
  tokenFile,
  everyMs,
  maxBytes = 1e9,
  simulated,
} = JSON.parse(process.argv[2] ?? '')
const say = (event) => writeSync(1, `${JSON.stringify(event)}\n`)
const log = makeLog('lines', (line) => writeSync(2, line), Date.now)

const spool = new Spool(folder, { maxBytes, maxDays: 3650 }, randomUUID())
const connections = await openConnections(new URL('api/v1/records', `${collector}/`))
const uplink = startUplink({
  ...{ spool, log },
  poster: posterOn(connections, 5000),
  spread: new Spread(0),
  readToken: () => readFileSync(tokenFile, 'utf8').trim(),
  random: Math.random,
  nowMs: Date.now,
  // The waits of a patient agent, fifty times faster.
  sleep: (ms, wake) => sleep(ms / 50, wake),
})
const recorder = new Recorder({
  ownLoad: { mark: (seen) => seen },
  ...{ spool, log, ring: null },
  head: {
    ...{ site: 'faulty', agent: 'faulty', version: '0.0.0' },
    profile: { id: 'pureconnect-rcm', version: '1.0.0', sha256: 'f'.repeat(64) },
  },
  limits: { delayMs: 150, jitterMs: 30, lateAfterMs: 200, driftPpm: 100 },
  site: { farEnds: { primary: {} } },
  onRecord: (name) => {
    const payload = spool.read(name).payload
    const { boot, sequence } = JSON.parse(Buffer.from(payload).toString())
    say({ kept: { boot, sequence, sha256: sha256(payload) } })
    uplink.offer(name)
  },
  monotonicMs: () => performance.now(),
})

let made = 0
const making = setInterval(() => {
  if (simulated === undefined) recorder.add(windowAt(Date.now(), 1000))
  else if (made < simulated.records) {
    recorder.add(windowAt(simulated.fromMs + made * simulated.stepMs, 60_000))
  } else return
  made += 1
}, everyMs)

process.once('SIGTERM', async () => {
  clearInterval(making)
  while (spool.pending.length > 0) await sleep(20, new AbortController().signal)
  await uplink.stop()
  connections.close()
  spool.close()
  say({ made, refused: spool.setAside.names.length })
})

say({ started: process.pid })

/** A window in which the far end was never there. */
function windowAt(from, lengthMs) {
  const capabilities = {
    ...{ engine: 'dgram', setTos: false, seeTos: false, seeTtl: false },
    ...{ receiveStamp: 'user', transmitStamp: 'user', scheduling: 'normal' },
    ...{ seeEgress: false, rawIcmp: false },
  }
  const target = { farEnd: 'primary', address: '192.0.2.1', port: 4000, codec: 'g711' }
  return {
    target: { ...target, calls: 1, dscp: 46 },
    ...{ from, to: from + lengthMs, streams: [], capabilities },
    instrument: {
      ...{ receiveOverflows: -1, hostDrops: -1, stalls: 0, worstStallNs: 0 },
      ...{ wallSteps: 0, wallStepNs: 0, stampsMissing: 0, leftRealTime: false },
    },
    agentClock: { synchronised: false, maxErrorNs: null, source: 'none' },
    ...{ agentClockSteps: 0, egressTos: null, egressProof: 'none', reflector: null, gaps: [] },
    evidence: { receipts: [], oneSided: 'no-session' },
    monotonic: { fromMs: from, toMs: from + lengthMs },
  }
}
