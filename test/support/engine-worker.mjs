/**
 * A remote-controlled program on an engine: opens ports, sends and reports as commands tell it,
 * and posts everything it hears. Plain JavaScript, because a worker of Node 20 cannot load
 * TypeScript; it drives the build in dist/.
 */
import { workerData } from 'node:worker_threads'
import { openEngine } from '../../dist/agent/engine/open.js'

const engine = await openEngine(workerData.kind, workerData.options ?? {})
const ports = new Map()
const peers = new Map()
const pace = { nextNs: Number.POSITIVE_INFINITY, everyNs: 0, left: 0 }
let echoing = null

const nameOf = (port) => [...ports].find(([, one]) => one === port)?.[0]

function peerFor(port, address, number) {
  const key = `${nameOf(port)} ${address} ${number}`
  if (!peers.has(key)) peers.set(key, port.peer(address, number))
  return peers.get(key)
}

function send({ name, address, port: number, count, length, lengths, tag }) {
  const port = ports.get(name)
  const peer = peerFor(port, address, number)
  const before = engine.wallNs()
  let sent = 0
  let full = 0
  for (let i = 0; i < count; i++) {
    const bytes = lengths?.[i] ?? length
    let at = port.stage(peer, bytes, tag + i)
    if (at < 0) {
      full++
      sent += port.flush()
      at = port.stage(peer, bytes, tag + i)
    }
    port.outgoing.fill(0, at, at + bytes)
    if (bytes >= 4) port.outgoingView.setUint32(at, tag + i)
  }
  sent += port.flush()
  return { before, after: engine.wallNs(), sent, full }
}

const commands = {
  open: ({ name, options }) => {
    const port = engine.openPort(options)
    ports.set(name, port)
    return port.local
  },
  close: ({ name }) => ports.get(name).close(),
  send,
  stageOnly: ({ name, address, port, count, length }) => {
    const to = ports.get(name)
    return Array.from({ length: count }, () => to.stage(peerFor(to, address, port), length, 0))
  },
  flush: ({ name }) => ports.get(name).flush(),
  pace: ({ everyNs, count }) => {
    pace.everyNs = everyNs
    pace.left = count
    pace.nextNs = engine.monotonicNs() + everyNs
  },
  receive: ({ mode }) => engine.setReceive(mode),
  echo: ({ name }) => {
    echoing = ports.get(name)
  },
  report: () => engine.takeReport(),
  clock: () => ({
    host: engine.hostClock(),
    wall: engine.wallNs() / 1e6 + engine.baseSeconds * 1000,
    date: Date.now(),
    offset: engine.wallOffsetNs(),
    difference: engine.wallNs() - engine.monotonicNs(),
  }),
  watch: ({ name, address, port }) => {
    const from = ports.get(name)
    commands.watched = engine.watchEgress(from, peerFor(from, address, port))
    return commands.watched !== null
  },
  setTos: ({ name, tos }) => ports.get(name).setTos?.(tos),
  setTtl: ({ name, ttl }) => ports.get(name).setTtl?.(ttl),
  icmp: ({ family }) => engine.openIcmp(family) !== null,
  takeTos: () => commands.watched.takeTos(),
  unwatch: () => commands.watched.close(),
  stop: () => engine.stop(),
}

engine.post({ event: 'ready', capabilities: engine.capabilities })
await engine.run({
  onArrival(port, arrival) {
    const { offset, length, truncated, stampNs, tos, ttl, view } = arrival
    const from = port.peerOf(arrival)
    const tag = length >= 4 ? view.getUint32(offset) : -1
    if (port === echoing) {
      const at = port.stage(from, length, tag)
      port.outgoing.set(arrival.bytes.subarray(offset, offset + length), at)
      port.flush()
    }
    engine.post({
      event: 'arrival',
      name: nameOf(port),
      tag,
      length,
      truncated,
      stampNs,
      tos,
      ttl,
      seenNs: engine.wallNs(),
      from: { address: from.address, port: from.port },
      isFrom: port.isFrom(arrival, from),
      isFromOther: port.isFrom(arrival, port.peer(from.address, from.port ^ 1)),
    })
  },
  onIcmp(port, arrival) {
    const { offset, length, stampNs, bytes } = arrival
    engine.post({
      event: 'icmp',
      name: '',
      family: port.family,
      from: { address: port.senderOf(arrival), port: 0 },
      stampNs,
      seenNs: engine.wallNs(),
      bytes: bytes.slice(offset, offset + length),
    })
  },
  onReturned: (port, error) => engine.post({ event: 'returned', name: nameOf(port), error }),
  onDeparture: (port, tag, stampNs) =>
    engine.post({ event: 'departure', name: nameOf(port), tag, stampNs }),
  onNotSent: (port, tag) => engine.post({ event: 'not-sent', name: nameOf(port), tag }),
  nextDue: () => pace.nextNs,
  onDue(nowNs) {
    const lateNs = nowNs - pace.nextNs
    pace.left--
    pace.nextNs = pace.left > 0 ? pace.nextNs + pace.everyNs : Number.POSITIVE_INFINITY
    engine.post({ event: 'due', lateNs })
  },
  onCommand({ id, op, ...rest }) {
    try {
      engine.post({ event: 'answer', id, value: commands[op](rest) })
    } catch (fault) {
      const { code, message } = fault
      engine.post({ event: 'answer', id, fault: { code, message } })
    }
  },
})
engine.post({ event: 'ended' })
