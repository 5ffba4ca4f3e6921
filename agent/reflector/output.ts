/** Where a command writes: results to `out`, notices to `err`. */
export interface Output {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
}
