/**
 * A value or the reason why there is none.
 *
 * What the network, a file or a peer did is data: it is returned as a Result and never thrown.
 * Faults of the program or of its set-up are thrown as {@link Fault} (see errors.ts).
 */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E }

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

export function refuse<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error }
}
