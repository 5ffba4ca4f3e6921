import type { SeenRecord } from '../evidence/verify-items.ts'
import type { FarEndName } from '../profile/site.ts'

/** Without those of runs of load, which say nothing of who was there in the minutes of the voice. */
export function minutesOf(records: readonly SeenRecord[]): readonly SeenRecord[] {
  return records.filter(({ record }) => record.run === undefined)
}

/**
 * The reflectors that signed for both far ends in these records, by the ids of their keys. What one
 * signs names no far end, so by which way its packets went is the agent's word.
 */
export function signForBoth(records: readonly SeenRecord[]): ReadonlyMap<string, string> {
  const marks = records
    .flatMap(({ receipts }) => receipts.marks)
    .filter(({ segment, proven }) => proven && segment === undefined)
  const of = (wanted: FarEndName) => marks.filter(({ farEnd }) => farEnd === wanted)
  const secondary = new Set(of('secondary').map(({ keyid }) => keyid))
  return new Map(
    of('primary')
      .filter(({ keyid }) => secondary.has(keyid))
      .map(({ keyid, reflector }) => [keyid, reflector]),
  )
}

/**
 * Whether a reflector's word stands behind all that these minutes say of voice to a far end: its own,
 * and that of each border named.
 * @param forBoth keys of reflectors that signed for both far ends: they do not tell which
 */
export function areBacked(
  minutes: readonly SeenRecord[],
  farEnd: FarEndName,
  forBoth: ReadonlyMap<string, string>,
  borders: readonly string[] = [],
): boolean {
  const isBacked = ({ receipts: { marks } }: SeenRecord) => {
    const proven = marks.filter((mark) => mark.proven && !forBoth.has(mark.keyid))
    return (
      proven.some((mark) => mark.farEnd === farEnd && mark.segment === undefined) &&
      borders.every((name) => proven.some((mark) => mark.segment === name))
    )
  }
  // A minute that waits for one far end has a record for each: what is only of the other says nothing here.
  const bare = minutes.filter((one) => !isBacked(one))
  return bare.length < minutes.length && !bare.some((one) => isOf(one, farEnd))
}

function isOf({ observations }: SeenRecord, farEnd: FarEndName): boolean {
  return observations().some((one) => one.kind === 'stream' && one.farEnd === farEnd)
}
