import type { RecordRow } from '../store/record-row.ts'
import type { StoredRecord } from '../store/store.ts'

/** Whether it carries a run says how fresh it is. */
type Came = StoredRecord & Pick<RecordRow, 'carries'>

/**
 * A record as it is held for as long as it is the newest: what came may bring more with it, and be a
 * view of a whole batch; and the texts that it shares with the one before need to be there only once.
 */
export function asHeld(came: Came, before: StoredRecord = came): Came {
  const { sequence, receivedMs, fromMs, toMs, payloadSha256, packed, carries } = came
  const { site, agent } = before
  const boot = came.boot === before.boot ? before.boot : came.boot
  const same = came.profileSha256 === before.profileSha256
  const profileSha256 = same ? before.profileSha256 : came.profileSha256
  return {
    ...{ site, agent, boot, sequence, receivedMs, fromMs, toMs, profileSha256, payloadSha256 },
    packed: new Uint8Array(packed),
    ...(carries == null ? {} : { carries }),
  }
}
