import { createSocket, type Socket } from 'node:dgram'
import { seededRandom } from './random.ts'

export interface RelayManners {
  /** Shares of voice packets, each way. */
  readonly lost: number
  readonly doubled: number
  /** Held back for up to `holdMs`, so that later ones pass. */
  readonly held: number
  readonly holdMs: number
}

export interface LossyRelay {
  readonly port: number
  /** Voice packets that the agent has sent so far. */
  heard(): number
  close(): void
}

/** RTP; everything else is the control dialogue, which goes through unharmed. */
const RTP_VERSION = 0x80

/**
 * A relay between one agent and a reflector on loopback that loses, doubles and holds back voice
 * packets of both ways, each copy on its own.
 */
export async function lossyRelay(
  to: number,
  seed: number,
  manners: RelayManners,
): Promise<LossyRelay> {
  const front = createSocket('udp4')
  const behind = createSocket('udp4')
  const held = new Set<NodeJS.Timeout>()
  const random = seededRandom(seed)
  let agent = 0
  let heard = 0
  const pass = (socket: Socket, packet: Buffer, port: number) => {
    if (port === 0) return
    const copies = packet[0] === RTP_VERSION && random() < manners.doubled ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (packet[0] === RTP_VERSION && random() < manners.lost) continue
      const late = packet[0] === RTP_VERSION && random() < manners.held
      const timer = setTimeout(
        () => {
          held.delete(timer)
          socket.send(packet, port, '127.0.0.1')
        },
        late ? random() * manners.holdMs : 0,
      )
      held.add(timer)
    }
  }
  front.on('message', (packet, { port }) => {
    agent = port
    if (packet[0] === RTP_VERSION) heard++
    pass(behind, packet, to)
  })
  behind.on('message', (packet) => pass(front, packet, agent))
  await Promise.all(
    [front, behind].map((one) => new Promise<void>((done) => one.bind(0, '127.0.0.1', done))),
  )
  return {
    port: front.address().port,
    heard: () => heard,
    close: () => {
      for (const timer of held) clearTimeout(timer)
      front.close()
      behind.close()
    },
  }
}
