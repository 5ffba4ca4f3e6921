/** What passes between the store in the main thread and the thread that owns the connection. */
export interface Call {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly message: string }

/** Sent once, with id 0, when the database is open (or cannot be opened). */
export const OPENED = 0

export interface WorkerSetup {
  readonly directory: string
  readonly role: 'writer' | 'reader'
  readonly nowMs: number
}
