import type { FastifyInstance } from 'fastify'
import type { AccessDesk } from '../access/desk.ts'
import type { Guard } from '../access/guard.ts'
import type { KnownAccess } from '../access/known.ts'
import type { Journal } from '../ledger/journal.ts'
import type { AccessBook } from '../store/access/book.ts'
import { addAdministrationRoutes } from './administration.ts'
import { addAgentRoutes } from './agents.ts'
import { addEnrolmentRoutes } from './enrolment.ts'
import { addSessionRoutes } from './session.ts'

/** How the collector is reached; everything but loopback needs it to be said. */
export interface Serving {
  /** A proxy in front of it ends TLS and tells the client's address. */
  readonly behindProxy: boolean
  /** Address that agents reach the collector by; null: the one that a request was sent to. */
  readonly publicUrl: string | null
  /** PEM; null: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  /** SHA-256 of the SubjectPublicKeyInfo that agents will see, base64url. */
  readonly pin: () => string | null
  /** When the certificate that is served runs out, milliseconds since 1970; null: none is served. */
  readonly expiresMs?: () => number | null
}

export const PLAIN: Serving = { behindProxy: false, publicUrl: null, tls: null, pin: () => null }

export interface AccessRoutes {
  readonly guard: Guard
  readonly access: AccessBook
  readonly known: KnownAccess
  readonly nowMs: () => number
  readonly journal?: Journal | null
  readonly serving?: Serving
  /** The ledger's log, where one is kept. */
  readonly ledgerLog?: () => { readonly origin: string; readonly vkey: string } | null
}

/** Everything about who may do what. */
export function addAccessRoutes(app: FastifyInstance, parts: AccessRoutes): void {
  const { guard, known, nowMs, access: book, journal = null, serving = PLAIN } = parts
  const desk: AccessDesk = { book, known, journal, nowMs }
  const { publicUrl, pin } = serving
  const log = parts.ledgerLog ?? (() => null)
  addEnrolmentRoutes(app, { guard, desk, publicUrl, pin, log })
  addAgentRoutes(app, { guard, desk, known, nowMs })
  addSessionRoutes(app, { guard, desk })
  addAdministrationRoutes(app, { guard, desk })
}
