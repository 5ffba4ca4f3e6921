import { profileIdentity } from '../profile/canonical.ts'
import { parseProfile } from '../profile/parse.ts'
import type { Profile } from '../profile/schema.ts'
import type { LineOf } from './bundle.ts'
import { toHex } from './octets.ts'
import { plain } from './plain.ts'
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
    if (profile === null) {
      this.#report('invalid', 'profile-form', where, 'is not a profile that can be read')
      return
    }
    const identity = profileIdentity(profile, (bytes) => toHex(this.#tools.sha256(bytes)))
    if (identity !== line.sha256) {
      this.#report('invalid', 'profile-hash', where, 'was changed')
      return
    }
    this.profiles.set(line.sha256, profile)
  }
}
