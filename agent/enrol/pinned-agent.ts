import { createHash, timingSafeEqual } from 'node:crypto'
import type { Agent, AgentOptions } from 'node:http'
import type { ConnectionOptions, TLSSocket } from 'node:tls'

type Created = (error: Error | null, socket?: TLSSocket) => void

/**
 * Connections to one collector. With a pin (SHA-256 of its SubjectPublicKeyInfo, base64url) that key
 * and nothing else is trusted: no authority, name or date matters, and not one octet is sent before
 * it was seen. Without a pin, https asks the system's authorities as ever.
 */
export async function collectorAgent(
  url: Pick<URL, 'protocol'>,
  pin: string | null,
  options: AgentOptions = {},
): Promise<Agent> {
  if (url.protocol !== 'https:') {
    const { Agent } = await import('node:http')
    return new Agent(options)
  }
  const { Agent } = await import('node:https')
  const agent = new Agent(options)
  if (pin === null) return agent
  const { connect } = await import('node:tls')
  const createConnection = (how: ConnectionOptions, created: Created): undefined => {
    const socket = connect({ ...how, rejectUnauthorized: false, session: undefined })
    socket.once('error', created)
    socket.once('secureConnect', () => {
      socket.off('error', created)
      const wrong = wrongKey(socket, pin)
      if (wrong === null) return created(null, socket)
      socket.destroy()
      created(wrong)
    })
  }
  return Object.assign(agent, { createConnection })
}

/** The collector shows another key than the one that was pinned: it, or somebody between, changed it. */
export class WrongPin extends Error {
  override readonly name = 'WrongPin'
  readonly wanted: string
  readonly found: string

  constructor(wanted: string, found: string) {
    super(`the collector shows another key: wanted ${wanted}, found ${found}`)
    this.wanted = wanted
    this.found = found
  }
}

function wrongKey(socket: TLSSocket, pin: string): WrongPin | null {
  const shown = socket.getPeerX509Certificate()?.publicKey
  const spki = shown?.export({ format: 'der', type: 'spki' }) ?? Buffer.alloc(0)
  const found = createHash('sha256').update(spki).digest()
  const wanted = Buffer.from(pin, 'base64url')
  if (wanted.length === found.length && timingSafeEqual(wanted, found)) return null
  return new WrongPin(pin, found.toString('base64url'))
}
