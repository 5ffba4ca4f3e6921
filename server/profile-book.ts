import { loadProfile, profileIds, sha256hex } from '../config/load.ts'
import { canonicalJson } from '../shared/profile/canonical.ts'
import type { Profile } from '../shared/profile/schema.ts'
import type { KnownProfile } from './judging/judging.ts'
import type { Store } from './store/store.ts'

export interface ProfileBook {
  /** The profile of this hash; null when it was never loaded here. */
  readonly profile: (sha256: string) => KnownProfile | null
  readonly all: () => readonly KnownProfile[]
}

/**
 * Loads the profiles named (default: those that come with the program) and those in `more`, and keeps
 * each of them in the store for good: a record of last year must be judged by last year's profile,
 * whatever the files say now. What is read back must still have the hash it is filed under; else it
 * is not used.
 *
 * @throws Fault CONFIG_* as loadProfile does
 */
export async function openProfileBook(
  store: Pick<Store, 'profiles' | 'putProfile'>,
  names: readonly string[],
  more: readonly string[],
  nowMs: number,
): Promise<ProfileBook> {
  const known = new Map<string, KnownProfile>()
  for (const { sha256, body } of await store.profiles()) {
    if (sha256hex(new TextEncoder().encode(body)) !== sha256) continue
    known.set(sha256, { sha256, profile: JSON.parse(body) as Profile })
  }
  for (const name of [...(names.length > 0 ? names : profileIds()), ...more]) {
    const { sha256, profile } = await loadProfile(name)
    if (!known.has(sha256)) await keep(store, { sha256, profile }, nowMs)
    known.set(sha256, { sha256, profile })
  }
  return { profile: (sha256) => known.get(sha256) ?? null, all: () => [...known.values()] }
}

/** Kept in canonical form, so that its bytes are what the hash is over. */
async function keep(
  store: Pick<Store, 'putProfile'>,
  { sha256, profile }: KnownProfile,
  nowMs: number,
): Promise<void> {
  const body = canonicalJson(profile)
  if (!body.ok) return
  const { id, version } = profile
  await store.putProfile({ sha256, id, version, body: body.value, addedMs: nowMs })
}
