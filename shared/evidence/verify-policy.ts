import { meetsQuorum, type Policy } from './policy.ts'
import { utc } from './verify-entries.ts'
import type { Report, SeenCheckpointNote, SeenRecord } from './verify-items.ts'
import type { Vkey } from './vkey.ts'

/**
 * Demands the quorum of the verifying party's policy: a record counts as witnessed when a checkpoint
 * that covers it bears the log's signature and enough cosignatures. Every checkpoint of a bundle is
 * recomputed from the same leaves, so a later one vouches for all before it.
 *
 * @returns the records that are witnessed
 */
export function checkPolicy(
  { witnesses, quorum }: Policy,
  {
    records,
    checkpoints,
  }: {
    readonly records: readonly SeenRecord[]
    readonly checkpoints: readonly SeenCheckpointNote[]
  },
  report: Report,
): ReadonlySet<SeenRecord> {
  const good = checkpoints.filter(
    ({ trusted, cosigners }) => trusted && meetsQuorum(quorum, (key) => has(cosigners, key)),
  )
  const last = good.at(-1)
  const shown = last ?? checkpoints.at(-1)
  const there = witnesses.filter(({ vkey }) => shown !== undefined && has(shown.cosigners, vkey))
  const away = witnesses.filter((one) => !there.includes(one))
  const names = (some: typeof witnesses) => some.map(({ name }) => name).join(', ') || 'nobody'
  const lacking = away.length === 0 ? '' : `, not by ${names(away)}`
  const who = `cosigned by ${names(there)}${lacking}`
  const where = `checkpoint ${shown?.size ?? 'none'}`
  if (last === undefined) {
    report(
      'missing',
      'quorum',
      where,
      `the policy asks for other cosignatures than are here: ${who}`,
    )
    return new Set()
  }
  report('note', 'quorum', where, `the policy's quorum is here: ${who}`)
  const witnessed = new Set(records.filter(({ index }) => index < last.size))
  tellBeyond(
    where,
    records.filter((seen) => !witnessed.has(seen)),
    report,
  )
  return witnessed
}

/**
 * Says of witnesses whose keys are trusted, and that no policy speaks of, what each cosigned: a key that
 * was given and met nothing must not read as if it had vouched.
 */
export function tellWitnesses(
  witnesses: readonly Vkey[],
  checkpoints: readonly SeenCheckpointNote[],
  report: Report,
): void {
  for (const vkey of witnesses) {
    const last = checkpoints.findLast(({ trusted, cosigners }) => trusted && has(cosigners, vkey))
    const where = last === undefined ? vkey.name : `checkpoint ${last.size}`
    const what =
      last === undefined
        ? 'no checkpoint here bears its cosignature; --policy FILE demands such'
        : `cosigned by ${vkey.name}, and with it all entries before`
    report('note', 'witness', where, what)
  }
}

function tellBeyond(where: string, rest: readonly SeenRecord[], report: Report): void {
  if (rest.length === 0) return
  const from = rest.reduce((least, { record }) => Math.min(least, record.window.from), Infinity)
  const to = rest.reduce((most, { record }) => Math.max(most, record.window.to), 0)
  const what = `${rest.length} records from ${utc(from)} on are beyond it: no quorum covers them`
  report('missing', 'quorum', where, what, { from, to })
}

function has(cosigners: readonly Vkey[], { name, keyId }: Vkey): boolean {
  return cosigners.some((one) => one.name === name && one.keyId === keyId)
}
