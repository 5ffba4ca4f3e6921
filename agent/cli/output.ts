import { type Paint, paintFor } from './colour.ts'

/** Where a command writes: handed in, so that tests can read what a person would see. */
export interface Output {
  /** Results. */
  out(text: string): void
  /** Progress, warnings and errors. */
  err(text: string): void
  /** True where stderr is a terminal: progress may be redrawn in place. */
  readonly live: boolean
  /** How wide that terminal is; 100 where it does not say. */
  readonly columns: number
  readonly paint: Paint
}

export function processOutput(): Output {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    live: process.stderr.isTTY === true,
    get columns() {
      return process.stderr.columns ?? 100
    },
    paint: paintFor(process.stdout, process.env),
  }
}
