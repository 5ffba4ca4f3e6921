/**
 * Sends marked datagrams to argv[2] from whatever network namespace it runs in, watches them leave,
 * and prints { tos } as JSON: the mark of the newest one seen.
 */
import { openEngine } from '../../dist/agent/engine/open.js'

const address = process.argv[2]
const engine = await openEngine('linux', { scheduling: 'normal' })
const local = address.includes(':') ? '::' : '0.0.0.0'
const port = engine.openPort({ address: local, port: 0, tos: 184, maxDatagram: 64, batch: 4 })
const peer = port.peer(address, 9)
const other = port.peer(address, 10)
const watch = engine.watchEgress(port, peer)
const before = watch.takeTos()
let sends = 0
let dueNs = engine.monotonicNs()
await engine.run({
  onArrival() {},
  onDeparture() {},
  onNotSent() {},
  onCommand() {},
  nextDue: () => dueNs,
  onDue(nowNs) {
    dueNs = nowNs + 30e6
    if (sends++ === 10) return engine.stop()
    port.stage(sends < 9 ? peer : other, 32, sends)
    port.flush()
  },
})
const tos = watch.takeTos()
watch.close()
console.log(JSON.stringify({ before, tos, again: watch.takeTos() }))
