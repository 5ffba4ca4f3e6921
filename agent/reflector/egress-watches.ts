import type { EgressWatch, Engine, Port } from '../engine/types.ts'
import type { Session } from './session.ts'

/** Watches at one time: while one is open the kernel looks at every departing packet of the host. */
const MAX_WATCHES = 4
/** Looks at one session's replies before it is given up. */
const MAX_LOOKS = 3

/**
 * Proves that replies leave with the mark they should have: for each new session its own departures
 * are watched for a moment at the driver, behind all of this host's rules. Without the permission
 * (CAP_NET_RAW) nothing is proven and the receipts say so.
 */
export class EgressWatches {
  readonly #engine: Engine
  readonly #open = new Map<Session, { readonly watch: EgressWatch; looks: number }>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Call now and then with the sessions that live. */
  look(port: Port, sessions: Iterable<Session>): void {
    const live = new Set(sessions)
    for (const [session, entry] of this.#open) this.#read(session, entry, live.has(session))
    for (const session of live) {
      if (this.#open.size >= MAX_WATCHES) return
      if (session.egress === 'unwatched' && session.replies(0) > 0) this.#begin(port, session)
    }
  }

  #begin(port: Port, session: Session): void {
    const watch = this.#engine.watchEgress(port, session.identity.peer)
    session.egress = watch === null ? 'unseen' : 'watching'
    if (watch !== null) this.#open.set(session, { watch, looks: 0 })
  }

  #read(session: Session, entry: { readonly watch: EgressWatch; looks: number }, lives: boolean) {
    entry.looks += 1
    const tos = entry.watch.takeTos()
    if (tos !== null) session.egress = tos
    if (tos === null && lives && entry.looks < MAX_LOOKS) return
    if (tos === null) session.egress = 'unseen'
    entry.watch.close()
    this.#open.delete(session)
  }
}
