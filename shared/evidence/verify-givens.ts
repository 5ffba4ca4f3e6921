import { profileIdentity } from '../profile/canonical.ts'
import { parseProfile } from '../profile/parse.ts'
import type { Profile } from '../profile/schema.ts'
import type { LineOf } from './bundle.ts'
import { toHex, utf8 } from './octets.ts'
import { objectOf, plain } from './plain.ts'
import { LATER } from './unread.ts'
import type { Report, VerifyTools } from './verify-items.ts'

/** The profiles that a bundle judges by, each under its own identity. */
export class Givens {
  readonly profiles = new Map<string, Profile>()
  readonly #tools: Pick<VerifyTools, 'sha256'>
  readonly #report: Report

  constructor(tools: Pick<VerifyTools, 'sha256'>, report: Report) {
    this.#tools = tools
    this.#report = report
  }

  takeProfile(line: LineOf<'profile'>): void {
    const where = `profile ${line.sha256.slice(0, 12)}`
    const profile = plain(line.body, parseProfile)
    const sha256 = (bytes: Uint8Array) => toHex(this.#tools.sha256(bytes))
    if (profile === null) {
      // Records name a profile by this hash: what bears it was not altered.
      if (sha256(utf8(line.body)) === line.sha256 && objectOf(line.body) !== null)
        this.#report('missing', 'profile-unread', where, LATER)
      else this.#report('invalid', 'profile-form', where, 'is no profile: it was altered')
      return
    }
    const identity = profileIdentity(profile, sha256)
    if (identity !== line.sha256) {
      this.#report('invalid', 'profile-hash', where, 'was changed')
      return
    }
    this.profiles.set(line.sha256, profile)
  }
}
