import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { SPREAD_HEADER } from '../../../shared/record/spread.ts'

/** Connections of all agents: open now, and those that ended though somebody needed them. */
export const counted = { open: 0, ended: 0 }

export interface Heard {
  readonly status: number
  readonly body: string
  readonly spread: string | undefined
}

/** One connection: one request at a time, opened again where it ended. */
class Line {
  readonly #url: URL
  #socket: Socket | null = null
  #text = ''
  #isOver = false
  #settle: ((heard: Heard | Error) => void) | null = null

  constructor(url: URL) {
    this.#url = url
  }

  async send(head: string, body: Buffer | null = null): Promise<Heard | Error> {
    const socket = this.#socket ?? this.#open()
    return new Promise((resolve) => {
      this.#settle = resolve
      socket.write(head)
      if (body !== null) socket.write(body)
    })
  }

  /** It is needed no more. */
  end(): void {
    this.#isOver = true
    this.#socket?.destroy()
  }

  #open(): Socket {
    const { hostname: host, port, protocol } = this.#url
    const at = { host, port: Number(port) }
    const socket =
      protocol === 'https:' ? connectTls({ ...at, rejectUnauthorized: false }) : connect(at)
    this.#socket = socket
    counted.open += 1
    socket.setNoDelay(true)
    let why = 'closed'
    socket.on('error', (error) => {
      why = error.message
    })
    socket.on('close', () => {
      this.#socket = null
      this.#text = ''
      counted.open -= 1
      if (!this.#isOver) counted.ended += 1
      this.#answer(new Error(why))
    })
    socket.on('data', (part) => {
      this.#text += part.toString('latin1')
      const heard = wholeOf(this.#text)
      if (heard === null) return
      this.#text = ''
      this.#answer(heard)
    })
    return socket
  }

  #answer(heard: Heard | Error): void {
    const settle = this.#settle
    this.#settle = null
    settle?.(heard)
  }
}

/** A whole answer; null while some of it is still to come. */
function wholeOf(text: string): Heard | null {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return null
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0)
  const body = text.slice(end + 4)
  const spread = new RegExp(`\\r\\n${SPREAD_HEADER}: (\\d+)`).exec(text)?.[1]
  return body.length < length ? null : { status: Number(text.slice(9, 12)), body, spread }
}

/** The connections of one agent, with the agent's own rule: one that is idle beside another is ended. */
export class Lines {
  readonly #url: URL
  readonly #idle: Line[] = []

  constructor(url: URL) {
    this.#url = url
  }

  async send(head: string, body: Buffer | null = null): Promise<Heard | Error> {
    const line = this.#idle.pop() ?? new Line(this.#url)
    const heard = await line.send(head, body)
    if (this.#idle.length === 0) this.#idle.push(line)
    else line.end()
    return heard
  }
}
