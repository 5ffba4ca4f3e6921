import { createConnection } from 'node:net'
import { bracketed } from '../../shared/host-text.ts'
import type { HttpTry } from '../../shared/record/dhcp.ts'

/** Where to ask for HTTP: a literal address, and the name that the Host field carries. */
export interface HttpTarget {
  readonly address: string
  readonly port: number
  readonly host: string
  readonly path: string
}

export type TryHttp = (target: HttpTarget, signal: AbortSignal) => Promise<HttpTry>

const MOST_OCTETS = 4096
const STATUS_LINE = /^HTTP\/1\.[01] ([1-9]\d\d)[ \r\n]/

/**
 * Asks for the head of a page (RFC 9110 section 9.3.2) and reads the status line alone: any status
 * proves that HTTP is spoken there. Nothing is fetched, redirects are not followed.
 */
export function tryHttp(
  { address, port, host, path }: HttpTarget,
  signal: AbortSignal,
  timeoutMs = 3000,
): Promise<HttpTry> {
  const startMs = performance.now()
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port })
    let heard = ''
    let connected = false
    const end = (outcome: HttpTry['outcome'], status: number | null = null) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', late)
      socket.destroy()
      const answered = outcome === 'http' || outcome === 'refused' || outcome === 'not-http'
      resolve({ address, port, outcome, status, ms: answered ? performance.now() - startMs : null })
    }
    const late = () => end(connected ? 'not-http' : 'silent')
    const timer = setTimeout(late, timeoutMs)
    signal.addEventListener('abort', late, { once: true })
    if (signal.aborted) late()
    socket.on('connect', () => {
      connected = true
      socket.write(
        `HEAD ${path} HTTP/1.1\r\nHost: ${bracketed(host)}:${port}\r\nConnection: close\r\n\r\n`,
      )
    })
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
      const status = STATUS_LINE.exec(heard)?.[1]
      if (status !== undefined) end('http', Number(status))
      else if (heard.length > MOST_OCTETS || !mayBecome(heard)) end('not-http')
    })
    socket.on('close', () => end('not-http'))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (connected) end('not-http')
      else end(error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable')
    })
  })
}

/** Whether these octets can still become a status line. */
function mayBecome(heard: string): boolean {
  return heard.length < 13 && 'HTTP/1.'.startsWith(heard.slice(0, 7))
}
