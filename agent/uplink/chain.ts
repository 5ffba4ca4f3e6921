import { createHash } from 'node:crypto'

/**
 * The chain of an agent's records: each names the SHA-256 of the payload before it, so that a
 * missing one shows. `boot` is new at every start and `sequence` counts from 1 within it, so that
 * no pair of the two is ever used twice, whatever was lost in a crash.
 */
export interface ChainHead {
  readonly boot: string
  readonly sequence: number
  /** SHA-256 of the newest payload, lower-case hex; null before the first record of this agent. */
  readonly previous: string | null
  /** Counts records over all boots; names the files, so that their order survives. */
  readonly ordinal: number
}

/** Windows that could not be kept, told by the next record that could. */
export interface Dropped {
  readonly windows: number
  /** Milliseconds since 1970: start of the first, end of the last. */
  readonly from: number
  readonly to: number
  readonly cause: 'spool-full' | 'disk-error'
}

/** What the next record must carry. */
export interface Link {
  readonly boot: string
  readonly sequence: number
  readonly previous: string | null
  readonly dropped: Dropped | null
}

/** The head of an agent that starts now: chain goes on, boot is new. */
export function startBoot(before: ChainHead | undefined, boot: string): ChainHead {
  return {
    boot,
    sequence: 0,
    previous: before?.previous ?? null,
    ordinal: before?.ordinal ?? 0,
  }
}

/** The head after one more record with these payload bytes. */
export function advance(head: ChainHead, payload: Uint8Array): ChainHead {
  return {
    boot: head.boot,
    sequence: head.sequence + 1,
    previous: sha256(payload),
    ordinal: head.ordinal + 1,
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Reads a stored head; undefined for anything that is not one. */
export function parseHead(text: string): ChainHead | undefined {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof found !== 'object' || found === null) return undefined
  const { boot, sequence, previous, ordinal } = found as Partial<ChainHead>
  if (typeof boot !== 'string' || !isCount(sequence) || !isCount(ordinal)) return undefined
  if (previous !== null && !(typeof previous === 'string' && /^[0-9a-f]{64}$/.test(previous))) {
    return undefined
  }
  return { boot, sequence, previous, ordinal }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
