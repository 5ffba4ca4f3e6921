/** What passes between the store in the main thread and the thread that owns the connections. */
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

export type Role = 'writer' | 'reader'

/** Which database a thread opens, and what for. The writer brings its schema up to date. */
export type WorkerSetup =
  | {
      readonly dialect: 'sqlite'
      readonly directory: string
      readonly role: Role
      readonly nowMs: number
    }
  | {
      readonly dialect: 'postgres'
      readonly url: string
      readonly role: Role
      readonly nowMs: number
    }
