import type { Server, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { sourceOf } from './access/source.ts'
import { Problem } from './problem.ts'
import type { Reason } from './readiness.ts'

/** Files that no connection may have: the database's, the log's and its keys', those of bundles. */
const OWN_FILES = 128
/** So long after the last one that was turned away it is still something to be seen to. */
const TOLD_MS = 10 * 60_000

/** So many of an address that has all of its own are still told so; those beyond are closed as they come. */
const TOLD_OF_ADDRESS = 32
const RETRY_SECONDS = 30

/** How many connections leave the collector its own files; null: no bound on files is known. */
export function mostConnections(files: number | null): number | null {
  return files === null ? null : files - Math.min(OWN_FILES, Math.floor(files / 2))
}

/** Of these one address may have so many, where nobody says how many: the rest is for the others. */
export function usualPerAddress(most: number | null): number | null {
  return most === null || !Number.isFinite(most) ? null : Math.ceil(most * 0.75)
}

type Full = (reason: Reason) => void

/**
 * A listener's connections, bounded so that strangers cannot take the files that evidence is written
 * to, nor one address all that there may be. Those beyond are closed as they come, or told to come
 * again; whoever has one keeps it.
 */
export class Connections {
  readonly #most: number | null
  readonly #nowMs: () => number
  readonly #perAddress: number | null
  readonly #of = new Map<string, number>()
  readonly #over = new Set<string>()
  #server: Server | null = null
  #lastMs = Number.NEGATIVE_INFINITY
  #reason: Reason | null = null
  #toldMs = Number.NEGATIVE_INFINITY
  /** Turned away since the start. */
  refused = 0

  /** @param perAddress null: the usual share; infinity: no bound, as behind a proxy, where all come from one */
  constructor(files: number | null, nowMs: () => number, perAddress: number | null = null) {
    this.#most = mostConnections(files)
    this.#perAddress = perAddress ?? usualPerAddress(this.#most)
    this.#nowMs = nowMs
  }

  /** @param onFull called when they are turned away, once in ten minutes */
  bound(server: Server, onFull: Full): void {
    this.#server = server
    server.on('connection', (socket: Socket) => this.#count(socket, onFull))
    if (this.#most === null || !Number.isFinite(this.#most)) return
    server.maxConnections = this.#most
    const found = () => `all ${this.#most} were in use; closed since the start: ${this.refused}`
    const repair = 'see who connects; if agents do, raise the limit of open files (LimitNOFILE)'
    server.on('drop', () => this.#turnedAway(found, repair, onFull))
  }

  /** Answers who comes by a connection too many of his address; to be called before routes are added. */
  install(app: FastifyInstance): void {
    app.addHook('onRequest', async ({ raw }, reply) => {
      if (this.#over.size === 0 || !this.#over.has(peerOf(raw.socket))) return
      reply.header('connection', 'close')
      throw new Problem('too-many-connections', {}, RETRY_SECONDS)
    })
  }

  open(): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#server === null) return resolve(0)
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
    })
  }

  /** Null: none was turned away of late. */
  warning(): Reason | null {
    return this.#nowMs() - this.#lastMs > TOLD_MS ? null : this.#reason
  }

  #count(socket: Socket, onFull: Full): void {
    const most = this.#perAddress
    if (most === null || socket.remoteAddress === undefined) return
    const source = sourceOf(socket.remoteAddress)
    const peer = peerOf(socket)
    const count = (this.#of.get(source) ?? 0) + 1
    this.#of.set(source, count)
    socket.once('close', () => this.#countOut(source, peer))
    if (count <= most) return
    this.#over.add(peer)
    const found = () =>
      `all ${most} of ${source} were in use; turned away since the start: ${this.refused}`
    const repair = 'see who that is; if agents or a proxy are, raise --connections-per-address'
    this.#turnedAway(found, repair, onFull)
    if (count > most + TOLD_OF_ADDRESS) socket.destroy()
  }

  #countOut(source: string, peer: string): void {
    this.#over.delete(peer)
    const rest = (this.#of.get(source) ?? 1) - 1
    if (rest === 0) this.#of.delete(source)
    else this.#of.set(source, rest)
  }

  #turnedAway(found: () => string, repair: string, onFull: Full): void {
    this.refused += 1
    this.#lastMs = this.#nowMs()
    this.#reason = { what: 'connections', found: found(), repair }
    if (this.#lastMs - this.#toldMs < TOLD_MS) return
    this.#toldMs = this.#lastMs
    onFull(this.#reason)
  }
}

/** The same for a connection and for the TLS on it. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
