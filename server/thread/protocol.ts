import { Fault, type FaultCode } from '../../shared/errors.ts'

/** What passes between the collector's own thread and one that works for it. */
export interface Call {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | {
      readonly id: number
      readonly ok: false
      readonly code: string
      readonly message: string
      readonly fault: FaultParts | null
    }

/** What a fault is made of: one that is raised in a thread is the same fault outside of it. */
export type FaultParts = Pick<Fault, 'where' | 'wanted' | 'found' | 'repair'> & {
  readonly code: FaultCode
}

/** Sent once, with id 0, when the thread is ready (or cannot be). */
export const OPENED = 0

/** The reply that a call failed with this. */
export function refusalOf(id: number, error: unknown): Reply {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
  const message = error instanceof Error ? error.message : String(error)
  return { id, ok: false, code, message, fault: error instanceof Fault ? partsOf(error) : null }
}

function partsOf({ code, where, wanted, found, repair }: Fault): FaultParts {
  return { code, where, wanted, found, repair }
}
