// A DNS server that lies: `node fuzz-dns.mjs MODE ADDRESS SEED`. UDP and TCP port 53.
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { decode, encode } from 'dns-packet'

const [mode, address, seed] = process.argv.slice(2)
const RIGHT = {
  'server001.caas.local': ['192.168.0.1'],
  'server002.caas.local': ['192.168.0.2'],
  'caasprovision.caas.local': ['192.168.0.1', '192.168.0.2'],
}
const TARGETS = ['server001.caas.local', 'server002.caas.local']

/** Marsaglia's xorshift: the same seed lies alike. */
let state = Number(seed) || 1
function random(below) {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % below
}

function right(query, flags = 0) {
  const [question] = query.questions
  const { name, type } = question
  const answers =
    type === 'SRV'
      ? TARGETS.map((target) => ({ name, type, ttl: 60, data: { port: 5060, target } }))
      : (RIGHT[name.toLowerCase()] ?? []).map((data) => ({ name, type, ttl: 60, data }))
  return encode({ type: 'response', id: query.id, flags, questions: query.questions, answers })
}

/** Bytes of a right answer, damaged so that they say something else or nothing. */
function damaged(query) {
  const bytes = right(query)
  const end = bytes.length
  const ways = [
    () => bytes.subarray(0, random(end)),
    () => Buffer.concat([bytes, Buffer.from([1, 2, 3])]),
    // An address record one octet longer than an address.
    () => {
      bytes.writeUInt16BE(bytes.readUInt16BE(end - 6) + 1, end - 6)
      return bytes
    },
    // More answers than there are.
    () => {
      bytes.writeUInt16BE(9, 6)
      return bytes
    },
    // A name that points at itself.
    () => Buffer.concat([bytes.subarray(0, 12), Buffer.from([0xc0, 12]), bytes.subarray(14)]),
    () => Buffer.alloc(0),
    () =>
      Buffer.concat([
        bytes.subarray(0, 2),
        Buffer.from(Array.from({ length: 40 }, () => random(256))),
      ]),
    // Cut off: and by TCP it will be broken too.
    () => right(query, 0x200).subarray(0, 20),
  ]
  return ways[random(ways.length)]()
}

const stranger = createSocket('udp4').bind(0)
const socket = createSocket('udp4')
socket.on('message', (bytes, from) => {
  const query = decode(bytes)
  const send = (answer) => socket.send(answer, from.port, from.address)
  const otherName = [{ ...query.questions[0], name: 'other.example' }]
  if (mode === 'servfail') send(right({ ...query, questions: query.questions }, 2))
  if (mode === 'refused') send(right(query, 5))
  if (mode.startsWith('forged')) {
    send(right({ ...query, id: query.id ^ 1 }))
    send(encode({ type: 'response', id: query.id, questions: otherName, answers: [] }))
    send(bytes)
    stranger.send(right(query), from.port, from.address)
  }
  if (mode === 'forged-then-right') setTimeout(() => send(right(query)), 100)
  if (mode === 'malformed') for (let i = 0; i < 4; i++) send(damaged(query))
})
socket.bind(53, address)
createServer((peer) => {
  peer.on('error', () => {})
  peer.on('data', (bytes) => {
    const framed = Buffer.concat([Buffer.alloc(2), damaged(decode(bytes.subarray(2)))])
    framed.writeUInt16BE(random(200), 0)
    peer.end(framed)
  })
}).listen(53, address)
