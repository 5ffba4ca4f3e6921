import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { keyedHash } from '../../../agent/engine/keyed-hash.ts'
import { proofExchange } from '../../../agent/io/port-answerer.ts'
import { openPortListeners } from '../../../agent/io/port-listeners.ts'
import { type PortsIo, portsIo } from '../../../agent/io/ports.ts'
import { HUNG_UP, reachOf } from '../../../agent/io/reach.ts'
import { dialTcp } from '../../../agent/io/tcp.ts'
import { dialUdp } from '../../../agent/io/udp.ts'
import { dial } from '../../../agent/probes/ports/out.ts'
import { type AskedPorts, startResponder } from '../../../agent/reflector/responder/responder.ts'
import type { PortPair } from '../../../shared/profile/ports.ts'
import { encodeProof } from '../../../shared/wire/port-proof.ts'
import {
  DIALLED,
  LISTENING,
  NO_PORT_TOKEN,
  seenAddress,
  TELLS_PLACE,
  VERBS,
} from '../../../shared/wire/port-talk.ts'
import { freePort } from '../../support/free-port.ts'

const HERE = '127.0.0.1'
const within = (ms: number) => ({ connectMs: ms, answerMs: ms })
const secret = new TextEncoder().encode('a-secret-of-twenty-two-octets')
const RUN = '11'.repeat(8)

/** A free port of each protocol. */
async function freePorts(): Promise<readonly [tcp: PortPair, udp: PortPair]> {
  const port = await freePort()
  return [
    { proto: 'tcp', port },
    { proto: 'udp', port },
  ]
}

async function responder() {
  const pairs = await freePorts()
  const running = await startResponder({ addresses: [HERE], pairs })
  onTestFinished(() => running.stop())
  running.setKeys([{ id: 'site', secret, revoked: false }])
  expect(running.states.map(({ state }) => state)).toEqual(['listening', 'listening'])
  const hello = running.answer(asked('hello'))
  return { running, tcp: pairs[0], udp: pairs[1], who: hello?.who ?? '', token: hello?.token ?? '' }
}

const asking = (pair: PortPair, who: string) =>
  proofExchange({
    ...{ keyId: 'site', secret, run: RUN, attempt: '22'.repeat(8), leg: 'out', hash: keyedHash },
    ...pair,
    who,
  })

const asked = (
  verb: keyof typeof VERBS,
  change: Partial<AskedPorts['question']> = {},
): AskedPorts => ({
  keyId: 'site',
  peer: { address: HERE, port: 50_000 },
  question: {
    ...{ verb: VERBS[verb], proto: 6, count: 0, token: NO_PORT_TOKEN, run: RUN, address: HERE },
    ports: [],
    ...change,
  },
})

/** Sends octets over TCP and answers what came back until it was closed. */
function tell(port: number, octets: Uint8Array): Promise<Buffer> {
  return new Promise((resolve) => {
    let back = Buffer.alloc(0)
    const socket = connect({ host: HERE, port }, () => socket.write(octets))
    socket.on('data', (part) => {
      back = Buffer.concat([back, part])
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(back))
  })
}

test('who holds the key gets proof over both protocols', async () => {
  const { tcp, udp, who } = await responder()
  const target = { address: HERE, port: tcp.port }
  expect(await dialTcp(target, asking(tcp, who), within(2000))).toMatchObject({ state: 'open' })
  expect(await dialUdp(target, asking(udp, who), [0], 2000)).toMatchObject({ state: 'open' })
})

test('garbage gets silence, over TCP and UDP, and the next honest question its answer', async () => {
  const { tcp, who } = await responder()
  const ear = createSocket('udp4')
  let heard = 0
  ear.on('message', () => heard++)
  onTestFinished(() => void ear.close())
  // As long as a question, so that it is looked at; a real one with a bit turned is among them.
  const real = asking({ proto: 'udp', port: tcp.port }, who).question
  const bent = fc.nat(real.length * 8 - 1).map((bit) => {
    const octets = real.slice()
    octets[bit >> 3]! ^= 1 << (bit & 7)
    return octets
  })
  const octets = fc.oneof(fc.uint8Array({ minLength: 80, maxLength: 200 }), bent)
  await fc.assert(
    fc.asyncProperty(octets, async (garbage) => {
      ear.send(garbage, tcp.port, HERE)
      expect(await tell(tcp.port, garbage)).toHaveLength(0)
    }),
    { numRuns: 150 },
  )
  const target = { address: HERE, port: tcp.port }
  expect(await dialTcp(target, asking(tcp, who), within(2000))).toMatchObject({ state: 'open' })
  expect(heard).toBe(0)
})

test('a caller who says nothing is closed and told nothing', async () => {
  const { tcp } = await responder()
  expect(await tell(tcp.port, new Uint8Array(0))).toHaveLength(0)
})

test('an address of this host that holds nothing is not told as listening; one that a NAT has is', async () => {
  const { running, tcp } = await responder()
  const stateAt = (address: string) => {
    const said = running.answer(asked('hello', { address, count: 1, ports: [tcp.port] }))
    // By this an agent knows that a port held elsewhere alone would be told so.
    expect(said?.codes).toEqual([TELLS_PLACE])
    return said?.states
  }
  expect(stateAt(HERE)).toEqual([LISTENING.listening])
  expect(stateAt('203.0.113.9')).toEqual([LISTENING.listening])
  for (const spelt of ['::1', '0:0:0:0:0:0:0:1', '::1%lo'])
    expect(stateAt(spelt)).toEqual([LISTENING.elsewhere])
})

test('a question under a revoked key, or to be answered elsewhere, gets silence', async () => {
  const { running, tcp, who } = await responder()
  const back = { keyId: 'site', run: RUN, attempt: RUN, who: '0'.repeat(16), ...tcp }
  const wrongLeg = encodeProof({ ...back, kind: 'question', leg: 'back' }, secret, keyedHash)
  expect(await tell(tcp.port, wrongLeg)).toHaveLength(0)
  running.setKeys([{ id: 'site', secret, revoked: true }])
  expect(await tell(tcp.port, asking(tcp, who).question)).toHaveLength(0)
})

test('nobody is dialled without the token that only the asker’s own address was given', async () => {
  const { running, token } = await responder()
  const order = { proto: 6, count: 1, ports: [9] }
  expect(running.answer(asked('dial', order))).toBeNull()
  const elsewhere = {
    ...asked('dial', { ...order, token }),
    peer: { address: '192.0.2.9', port: 50_000 },
  }
  expect(running.answer(elsewhere)).toBeNull()
  expect(running.answer(asked('dial', { ...order, token }))).toMatchObject({ verb: VERBS.dial })
  const result = running.answer(asked('dialled', order))
  expect(result?.states[0]).toBe(DIALLED.pending)
})

test('the asker is told at which address he was seen, and no stranger is told a token', async () => {
  const { running, token } = await responder()
  const peer = { address: '203.0.113.7', port: 50_000 }
  for (const verb of ['arrived', 'dialled'] as const) {
    const said = running.answer({ ...asked(verb, { count: 1, ports: [9] }), peer })
    expect(seenAddress(said?.token ?? '')).toBe('203.0.113.7')
  }
  const hello = running.answer({ ...asked('hello'), peer })
  expect(hello?.token).not.toBe(token)
  expect(seenAddress(hello?.token ?? '')).not.toBe('203.0.113.7')
})

test('a port that somebody else holds is said to be in use', async () => {
  const { tcp } = await responder()
  const second = await openPortListeners([HERE], [tcp], () => null)
  expect(second.states).toMatchObject([{ state: 'in-use' }])
  await second.close()
})

test('an answer that is not the one asked for never opens a port, whatever it looks like', async () => {
  const [tcp, udp] = await freePorts()
  const base = { keyId: 'site', run: RUN, attempt: '22'.repeat(8), leg: 'out' } as const
  const who = '33'.repeat(8)
  const honest = { ...base, kind: 'answer', port: tcp.port, who } as const
  let lie: Uint8Array = new Uint8Array(0)
  const liar = await openPortListeners([HERE], [tcp, udp], () => lie)
  onTestFinished(() => liar.close())
  const target = { address: HERE, port: tcp.port }
  const lies = (proto: 'tcp' | 'udp'): readonly Uint8Array[] => {
    const other = proto === 'tcp' ? 'udp' : 'tcp'
    const seal = (change: object) => encodeProof({ ...honest, proto, ...change }, secret, keyedHash)
    const bent = seal({})
    bent[79]! ^= 1
    return [
      ...[seal({ kind: 'question' }), seal({ port: tcp.port ^ 1 }), seal({ who: '44'.repeat(8) })],
      ...[seal({ run: '55'.repeat(8) }), seal({ attempt: '66'.repeat(8) }), seal({ proto: other })],
      ...[seal({ leg: 'back' }), seal({ keyId: 'other' }), bent, seal({}).slice(0, 79)],
      encodeProof({ ...honest, proto }, secret.slice(1), keyedHash),
      new TextEncoder().encode('HTTP/1.1 200 OK\r\n\r\n'),
    ]
  }
  for (lie of lies('tcp'))
    expect((await dialTcp(target, asking(tcp, who), within(300))).state).toBe('intercepted')
  for (lie of lies('udp'))
    expect((await dialUdp(target, asking(udp, who), [0], 100)).state).toBe('intercepted')
  lie = encodeProof({ ...honest, proto: 'tcp' }, secret, keyedHash)
  expect((await dialTcp(target, asking(tcp, who), within(300))).state).toBe('open')
})

test('a question that a busy agent asks seconds after its handshake is answered, and not hung up on', async () => {
  const { tcp, who } = await responder()
  const socket = connect(tcp.port, HERE)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  await sleep(4500)
  socket.write(asking(tcp, who).question)
  const [answer] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [])])
  expect(answer?.length).toBeGreaterThan(0)
})

test('a dial that was hung up on is made once more, one that another voice answered is not', async () => {
  const words = { hungUp: `${HUNG_UP} ECONNRESET`, foreign: 'another voice answered' }
  for (const [cause, dials] of [
    [words.hungUp, 2],
    [words.foreign, 1],
  ] as const) {
    let made = 0
    const dialTcp: PortsIo['dialTcp'] = async () => {
      made += 1
      return made === 1 ? reachOf('intercepted', 1, cause) : reachOf('open', 1)
    }
    const target = { address: HERE, port: 1 }
    await dial(target, { proto: 'tcp', port: 1 }, () => null, { ...portsIo(), dialTcp })
    expect(made).toBe(dials)
  }
})
