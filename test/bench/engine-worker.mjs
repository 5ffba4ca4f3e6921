/**
 * One half of the engine bench, in its own worker: `echo` returns every datagram, `call` sends
 * `streams` x 50 datagrams a second in 250 us slots and measures lateness, cost and stamps.
 */
import { workerData } from 'node:worker_threads'
import { openEngine } from '../../dist/agent/engine/open.js'

const FRAME_NS = 20e6
const SLOTS = 80
const SLOT_NS = FRAME_NS / SLOTS
const { role, kind, streams, seconds, receive, echoPort, warmSeconds = 1 } = workerData
const engine = await openEngine(kind, workerData.options ?? {})
const port = engine.openPort({
  address: '127.0.0.1',
  port: 0,
  tos: 184,
  maxDatagram: 256,
  batch: 64,
})
engine.setReceive(receive ?? 'prompt')
if (role === 'echo') engine.post({ port: port.local.port, capabilities: engine.capabilities })

const LENGTH = 172
const counts = {
  sent: 0,
  notSent: 0,
  departed: 0,
  arrived: 0,
  late: new Float64Array(4e5),
  lates: 0,
}
const stage = (peer, tag) => {
  let at = port.stage(peer, LENGTH, tag)
  if (at >= 0) return at
  port.flush()
  at = port.stage(peer, LENGTH, tag)
  return at
}

function echoProgram() {
  let peer = null
  let staged = 0
  return {
    onArrival(from, arrival) {
      if (peer === null || !from.isFrom(arrival, peer)) peer = from.peerOf(arrival)
      counts.arrived++
      const at = stage(peer, counts.arrived >>> 0)
      port.outgoing.set(arrival.bytes.subarray(arrival.offset, arrival.offset + 24), at)
      staged++
    },
    // Replies leave together, after the whole batch was read.
    nextDue: () => (staged > 0 ? 0 : Number.POSITIVE_INFINITY),
    onDue() {
      port.flush()
      staged = 0
    },
    onDeparture: () => counts.departed++,
    onNotSent: () => counts.notSent++,
  }
}

function callProgram() {
  const peer = port.peer('127.0.0.1', echoPort)
  const startNs = engine.monotonicNs() + 50e6
  const warmNs = startNs + warmSeconds * 1e9
  const endNs = warmNs + seconds * 1e9
  let slot = 0
  let dueNs = startNs
  const perSlot = (i) => Math.floor(((i + 1) * streams) / SLOTS) - Math.floor((i * streams) / SLOTS)
  const next = () => {
    do {
      slot++
      dueNs = startNs + slot * SLOT_NS
    } while (perSlot(slot % SLOTS) === 0)
  }
  if (perSlot(0) === 0) next()
  return {
    onArrival() {
      counts.arrived++
    },
    nextDue: () => dueNs,
    onDue(nowNs) {
      if (nowNs > endNs + 300e6) return engine.stop()
      while (dueNs <= nowNs) {
        if (dueNs < endNs) {
          for (let n = perSlot(slot % SLOTS); n > 0; n--) {
            const at = stage(peer, counts.sent++)
            port.outgoingView.setUint32(at, counts.sent)
          }
          if (dueNs >= warmNs && counts.lates < counts.late.length)
            counts.late[counts.lates++] = nowNs - dueNs
        }
        next()
      }
      port.flush()
    },
    onDeparture: () => counts.departed++,
    onNotSent: () => counts.notSent++,
  }
}

const program = role === 'echo' ? echoProgram() : callProgram()
await engine.run({
  ...program,
  onCommand(message) {
    if (message === 'stop') engine.stop()
  },
})
const late = counts.late.subarray(0, counts.lates).sort()
const at = (share) => Math.round((late[Math.floor(share * (late.length - 1))] ?? Number.NaN) / 1e3)
engine.post({
  role,
  sent: counts.sent,
  notSent: counts.notSent,
  departed: counts.departed,
  arrived: counts.arrived,
  lateUs: { p50: at(0.5), p99: at(0.99), max: at(1) },
  report: engine.takeReport(),
  capabilities: engine.capabilities,
})
