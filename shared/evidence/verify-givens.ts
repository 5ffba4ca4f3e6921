import { profileIdentity } from '../profile/canonical.ts'
import { parseProfile, parseSite } from '../profile/parse.ts'
import type { Profile } from '../profile/schema.ts'
import type { Site } from '../profile/site.ts'
import type { LineOf } from './bundle.ts'
import { toHex } from './octets.ts'
import { plain } from './plain.ts'
import type { Report, VerifyTools } from './verify-items.ts'

/** What a bundle judges by: its profiles, each under its own identity, and the site's values. */
export class Givens {
  readonly profiles = new Map<string, Profile>()
  readonly #tools: Pick<VerifyTools, 'sha256'>
  readonly #report: Report
  #site: Site | null = null

  constructor(tools: Pick<VerifyTools, 'sha256'>, report: Report) {
    this.#tools = tools
    this.#report = report
  }

  get site(): Site | null {
    return this.#site
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

  takeSite(line: LineOf<'site'>): void {
    if (line.values === null) return
    this.#site = plain(line.values, parseSite)
    if (this.#site !== null) return
    this.#report('invalid', 'site-form', 'site', 'its values are none that can be read')
  }
}
