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
