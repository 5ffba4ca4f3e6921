// A DHCP server that lies: `node fuzz-dhcp.mjs MODE ADDRESS SEED`. UDP port 67; leases nothing.
import { createSocket } from 'node:dgram'

const [mode, address, seed] = process.argv.slice(2)

/** Marsaglia's xorshift: the same seed lies alike. */
let state = Number(seed) || 1
function random(below) {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % below
}

const text = (code, value) => [code, value.length, ...Buffer.from(value)]

/** An answer as phones need it, before anything is done to it. */
function right(query) {
  const discover = query.includes(Buffer.from([53, 1, 1]))
  const reply = Buffer.alloc(240)
  query.copy(reply, 0, 0, 240)
  reply[0] = 2
  reply.set([10, 77, 1, 150], 16)
  const own = address.split('.').map(Number)
  return Buffer.concat([
    reply,
    Buffer.from([53, 1, discover ? 2 : 5, 54, 4, ...own, 6, 4, 192, 168, 0, 1]),
    Buffer.from([...text(66, '192.168.0.1'), ...text(67, 'Sip100.img'), ...text(132, '100')]),
    Buffer.from([...text(160, 'http://caasprovision.caas.local:8088'), 255]),
  ])
}

/** The same, damaged: it carries the transaction and cannot be read, or belongs to somebody else. */
function damaged(query) {
  const bytes = right(query)
  const ways = [
    () => bytes.subarray(0, 8 + random(bytes.length - 9)),
    // An option that goes on after the end.
    () => Buffer.concat([bytes.subarray(0, -1), Buffer.from([160, 255, 1])]),
    // No closing 255.
    () => bytes.subarray(0, -1),
    // Another cookie, another transaction, another client, a question instead of an answer.
    () => changed(bytes, 236, 1),
    () => changed(bytes, 4 + random(4), random(256)),
    () => changed(bytes, 28, 255),
    () => changed(bytes, 0, 1),
    // Hardware longer than its field; options said to go on in a field that holds none.
    () => changed(bytes, 2, 200),
    () => Buffer.concat([bytes.subarray(0, -1), Buffer.from([52, 1, 3, 255])]),
    () => Buffer.from(Array.from({ length: random(600) }, () => random(256))),
  ]
  return ways[random(ways.length)]()
}

/** Never the octet that was there: that would be no damage. */
function changed(bytes, at, octet) {
  bytes[at] = bytes[at] === octet ? octet ^ 1 : octet
  return bytes
}

const socket = createSocket({ type: 'udp4', reuseAddr: true })
socket.on('message', (query) => {
  if (query.length < 240) return
  const inform = query.subarray(12, 16)
  const to = inform.every((octet) => octet === 0) ? '10.77.1.255' : inform.join('.')
  const count = mode === 'malformed' ? 8 : 1
  for (let i = 0; i < count; i++)
    socket.send(mode === 'malformed' ? damaged(query) : right(query), 68, to)
})
socket.bind(67, () => socket.setBroadcast(true))
