import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { isInRanges, type PortRange } from '../../shared/profile/ports.ts'
import { decodeControlHeader, encodeControl, openControl } from '../../shared/wire/control.ts'
import {
  PORTS_BYTES,
  type PortsAnswer,
  type PortsQuestion,
  portsAnswerBody,
  portsQuestionBody,
} from '../../shared/wire/port-talk.ts'
import { keyedHash } from '../engine/keyed-hash.ts'
import { deadline } from './deadline.ts'

/** What a far end's responder says over the reflector's own port. */
export interface PortDesk {
  /** This host's address on the way to the far end. */
  readonly local: string
  /** `silent`: nothing valid came back; `refused`: the key was revoked. */
  ask(question: PortsQuestion): Promise<PortsAnswer | 'silent' | 'refused'>
  close(): void
}

export interface DeskTarget {
  readonly address: string
  readonly port: number
  readonly key: { readonly id: string; readonly secret: string }
  readonly local?: string
  /** Ports that are to be held and dialled: the desk's own socket is on none of them. */
  readonly avoid?: readonly PortRange[]
}

/** So many sockets on such ports, one after the other, and the last one is taken after all. */
const MOST_WRONG = 20

const SEND_AT_MS = [0, 250, 750, 1500]
const TIMEOUT_MS = 2500

/** Opens the way to a reflector's desk; nothing is sent yet. Rejects when there is no route at all. */
export async function openPortDesk(target: DeskTarget): Promise<PortDesk> {
  const socket = await connectedBeside(target)
  const waiting = new Map<string, (datagram: Uint8Array) => void>()
  socket.on('message', (datagram) => {
    const header = decodeControlHeader(datagram)
    if (header.ok) waiting.get(header.value.transaction)?.(datagram)
  })
  return {
    local: socket.address().address,
    ask: (question) => ask(target, question, waiting, (bytes) => socket.send(bytes, () => {})),
    close: () => socket.close(),
  }
}

/** As bindBeside of the engine, for sockets that are bound later. */
async function connectedBeside(target: DeskTarget, left = MOST_WRONG): Promise<Socket> {
  const socket = await connected(target)
  if (left === 0 || !isInRanges(target.avoid ?? [], socket.address().port)) return socket
  try {
    return await connectedBeside(target, left - 1)
  } finally {
    socket.close()
  }
}

async function connected({ address, port, local }: DeskTarget): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    const done = (error?: Error) => (error === undefined ? resolve() : reject(error))
    socket.bind(0, local, () => socket.connect(port, address, done as () => void))
  }).catch((error: unknown) => {
    socket.close()
    throw error
  })
  // ICMP errors come and go with the path: only answers count, and their absence.
  socket.removeAllListeners('error').on('error', () => {})
  return socket
}

function ask(
  { key }: DeskTarget,
  question: PortsQuestion,
  waiting: Map<string, (datagram: Uint8Array) => void>,
  send: (bytes: Uint8Array) => void,
): Promise<PortsAnswer | 'silent' | 'refused'> {
  const secret = new Uint8Array(Buffer.from(key.secret, 'utf8'))
  const transaction = randomBytes(8).toString('hex')
  const header = { type: 'ports-question', transaction, keyId: key.id } as const
  const bytes = encodeControl(header, portsQuestionBody, question, PORTS_BYTES, secret, keyedHash)
  return new Promise((resolve) => {
    const timers = SEND_AT_MS.map((at) => setTimeout(() => send(bytes), at))
    const end = (answer: PortsAnswer | 'silent' | 'refused'): void => {
      for (const timer of timers) clearTimeout(timer)
      endWait()
      waiting.delete(transaction)
      resolve(answer)
    }
    const endWait = deadline(TIMEOUT_MS, () => end('silent'))
    waiting.set(transaction, (datagram) => {
      const got = decodeControlHeader(datagram)
      if (!got.ok || got.value.keyId !== key.id) return
      if (got.value.type === 'refused') {
        if (openControl(datagram, EMPTY, secret, keyedHash).ok) end('refused')
        return
      }
      if (got.value.type !== 'ports-answer' || datagram.length !== PORTS_BYTES) return
      const answer = openControl(datagram, portsAnswerBody, secret, keyedHash)
      if (answer.ok) end(answer.value)
    })
  })
}

/** A refusal's body does not matter here, only that the reflector sealed it. */
const EMPTY = { bytes: 0, read: () => null, write: () => {} }
