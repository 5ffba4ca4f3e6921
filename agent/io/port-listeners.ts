import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import type { PortPair } from '../../shared/profile/ports.ts'
import { PROOF_BYTES } from '../../shared/wire/port-proof.ts'
import type { ListenState } from '../../shared/wire/port-talk.ts'
import { deadline } from './deadline.ts'
import { inParallel } from './limited.ts'
import type { Answer } from './port-answerer.ts'

export interface PortListeners {
  /** What became of each pair at each address. */
  readonly states: readonly ListenerState[]
  close(): Promise<void>
}

export interface ListenerState extends PortPair {
  readonly address: string
  readonly state: ListenState
}

/** Connections held at one time over all ports; for one more the oldest is closed, which asked nothing yet. */
const MOST_CONNECTIONS = 512
/**
 * A caller has this long to ask; then it is closed, and told nothing. Longer than a dial waits for its answer:
 * to be hung up on by the far end itself looks like somebody in between, and convicts the network.
 */
const ASK_WITHIN_MS = 10_000
/** Datagrams answered in a second over all ports: a digest each. */
const MOST_DATAGRAMS = 5000
const AT_ONCE = 64

/**
 * Holds every pair at every address, as far as this host lets it; what it does not is a state and no
 * error. Questions go to `answer`, strangers get silence, connections and their time are bounded.
 */
export async function openPortListeners(
  addresses: readonly string[],
  pairs: readonly PortPair[],
  answer: Answer,
): Promise<PortListeners> {
  const room = new Room()
  const wanted = addresses.flatMap((address) => pairs.map((pair) => ({ address, ...pair })))
  const held: { close(): Promise<void> }[] = []
  const states = await inParallel(wanted, AT_ONCE, async (at) => {
    const open = at.proto === 'tcp' ? openTcp : openUdp
    const got = await open(at.address, at.port, answer, room)
    if (typeof got === 'string') return { ...at, state: got }
    held.push(got)
    return { ...at, state: 'listening' as const }
  })
  return {
    states: states.filter((state) => state !== undefined),
    close: async () => {
      room.empty()
      await Promise.all(held.map((one) => one.close()))
    },
  }
}

/** What all ports share: the connections that are open, and how much is answered. */
class Room {
  readonly #open = new Set<Socket>()
  #second = 0
  #datagrams = 0

  enter(socket: Socket): void {
    const [oldest] = this.#open
    if (oldest !== undefined && this.#open.size >= MOST_CONNECTIONS) {
      // At once: several may come before it is told closed, and each makes room for itself alone.
      this.#open.delete(oldest)
      oldest.destroy()
    }
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
  }

  mayAnswer(): boolean {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) this.#datagrams = 0
    this.#second = second
    return ++this.#datagrams <= MOST_DATAGRAMS
  }

  empty(): void {
    for (const socket of this.#open) socket.destroy()
  }
}

type Held = { close(): Promise<void> }

function openTcp(
  address: string,
  port: number,
  answer: Answer,
  room: Room,
): Promise<Held | ListenState> {
  return new Promise((resolve) => {
    const server: Server = createServer({ allowHalfOpen: false }, (socket) => {
      room.enter(socket)
      hear(socket, (question) => answer(question, 'tcp', port))
    })
    server.once('error', (error: NodeJS.ErrnoException) => resolve(stateOf(error.code)))
    server.listen({ host: address, port, exclusive: true, backlog: 128 }, () => {
      server.on('error', () => {})
      resolve({ close: () => new Promise((done) => server.close(() => done())) })
    })
  })
}

/** Reads one question, answers it once, and is done; anything else is closed unanswered. */
function hear(socket: Socket, answer: (question: Uint8Array) => Uint8Array | null): void {
  let heard = Buffer.alloc(0)
  const asked = deadline(ASK_WITHIN_MS, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.once('close', asked)
  socket.on('data', (part) => {
    const answered = heard.length >= PROOF_BYTES
    heard = Buffer.concat([heard, part])
    if (heard.length < PROOF_BYTES) return
    const said = answered || heard.length > PROOF_BYTES ? null : answer(heard)
    if (said === null) socket.destroy()
    else socket.end(said)
  })
}

function openUdp(
  address: string,
  port: number,
  answer: Answer,
  room: Room,
): Promise<Held | ListenState> {
  return new Promise((resolve) => {
    const socket: UdpSocket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(stateOf(error.code))
      socket.close()
    })
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error')
      socket.on('error', () => {})
      socket.on('message', (question, from) => {
        if (question.length !== PROOF_BYTES || !room.mayAnswer()) return
        const said = answer(question, 'udp', port)
        if (said !== null) socket.send(said, from.port, from.address, () => {})
      })
      resolve({ close: () => new Promise((done) => socket.close(() => done())) })
    })
  })
}

function stateOf(code: string | undefined): ListenState {
  if (code === 'EADDRINUSE') return 'in-use'
  if (code === 'EACCES' || code === 'EPERM') return 'not-permitted'
  return code === 'EADDRNOTAVAIL' ? 'no-address' : 'error'
}
