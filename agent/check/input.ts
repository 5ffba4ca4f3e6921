import { type LoadedProfile, type LoadedSite, loadProfile, loadSite } from '../../config/load.ts'
import { Fault } from '../../shared/errors.ts'
import { parseSite } from '../../shared/profile/parse.ts'
import { pathText } from '../../shared/profile/problem.ts'
import type { FarEndName, Site } from '../../shared/profile/site.ts'
import type { HostAndPort } from '../cli/arguments.ts'
import { insteadOf } from '../io/own-address.ts'

/** Where a run looks and what it is judged by, from a site file or from the command line alone. */
export interface RunInput {
  readonly site: Site
  readonly keys: { readonly [name in FarEndName]: string | null }
  /** Access keys of the segments' reflectors, by name. */
  readonly segmentKeys: LoadedSite['segmentKeys']
  readonly profile: LoadedProfile
  /** What to name in messages about it. */
  readonly where: string
}

export interface InputOptions {
  readonly site?: string
  readonly primary?: HostAndPort
  readonly secondary?: HostAndPort
  readonly key?: string
  readonly profile?: string
}

const USUAL_PROFILE = 'pureconnect-rcm'

/**
 * Reads the site file, or makes a site of the addresses and the key on the command line.
 * @throws Fault USAGE when neither or both are given, CONFIG_* as the loader does
 */
export async function readInput(options: InputOptions): Promise<RunInput> {
  const named = options.primary !== undefined || options.secondary !== undefined
  if (options.site !== undefined && named) {
    const found = 'both'
    throw new Fault(
      'USAGE',
      'arguments',
      '--site, or --primary and --secondary',
      found,
      'leave one out',
    )
  }
  if (options.site === undefined) return firstLook(options, named)
  const loaded = await loadSite(options.site, { insteadOf })
  const profile =
    options.profile === undefined ? loaded.profile : await loadProfile(options.profile)
  const { site, keys, segmentKeys } = loaded
  return { site, keys, segmentKeys, profile, where: options.site }
}

async function firstLook(options: InputOptions, named: boolean): Promise<RunInput> {
  if (!named) {
    const wanted = '--site FILE, or --primary ADDRESS and --key ID:SECRET'
    throw new Fault('USAGE', 'arguments', wanted, 'neither')
  }
  const key = options.key
  if (key === undefined) {
    const repair = 'make one at the far end with: voip-ready reflector keys add NAME'
    throw new Fault('USAGE', '--key', 'the access key of the reflector', 'none', repair)
  }
  const profile = await loadProfile(options.profile ?? USUAL_PROFILE)
  const farEnds = {
    ...farEnd('primary', options.primary, key),
    ...farEnd('secondary', options.secondary, key),
  }
  const value = {
    format: 'voip-ready/site/1',
    site: 'first-look',
    profile: profile.profile.id,
    farEnds,
  }
  const parsed = parseSite(value)
  if (!parsed.ok) {
    const [problem] = parsed.error
    const at = problem === undefined ? 'arguments' : pathText(problem.path, value)
    throw new Fault('USAGE', at, problem?.wanted ?? 'a far end', problem?.found ?? 'something else')
  }
  const keys = {
    primary: options.primary === undefined ? null : key,
    secondary: options.secondary === undefined ? null : key,
  }
  return { site: parsed.value, keys, segmentKeys: {}, profile, where: 'command line' }
}

function farEnd(name: FarEndName, at: HostAndPort | undefined, key: string): object {
  if (at === undefined) return {}
  const port = at.port === undefined ? {} : { port: at.port }
  return { [name]: { reflector: at.host, key, ...port } }
}
