import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EXIT, Fault } from '../shared/errors.ts'
import { wrongKeys } from '../shared/evidence/named-keys.ts'
import { nodeCrypto } from '../shared/evidence/node-crypto.ts'
import { profileIdentity } from '../shared/profile/canonical.ts'
import { surplus } from '../shared/profile/explain.ts'
import { checkSite, parseProfile, parseSite } from '../shared/profile/parse.ts'
import { type ConfigProblem, closest, shown } from '../shared/profile/problem.ts'
import { type Profile, ProfileSchema } from '../shared/profile/schema.ts'
import { type FarEndName, type FarEndSite, type Site, SiteSchema } from '../shared/profile/site.ts'
import { readProfileFile, type WholeProfile } from './profile-file.ts'
import { ConfigFault, readSource, readText, type Source } from './source.ts'

export interface LoadedProfile {
  readonly profile: Profile
  /** Its identity: see profileIdentity. */
  readonly sha256: string
  readonly file: string
  /** The profile's file and its parts. */
  readonly files: readonly string[]
}

export interface LoadedSite {
  readonly site: Site
  readonly file: string
  readonly profile: LoadedProfile
  /** Access key `id:secret` of each far end, from `key` or the content of `keyFile`; null: none. */
  readonly keys: { readonly [name in FarEndName]: string | null }
  /** The same for each segment of the site file, by its name. */
  readonly segmentKeys: { readonly [name: string]: string | null }
}

export interface LoadOptions {
  /** Folder that a relative path starts from; default the working directory. */
  readonly from?: string
}

export interface SiteOptions extends LoadOptions {
  /**
   * For who measures from this host: what it has in place of an address that it lacks, null where it has
   * it. Left out: `localAddress` is another host's affair.
   */
  readonly insteadOf?: (address: string) => Promise<string | null>
}

/**
 * Loads a profile by its id (from config/profiles, in a source tree, a build or an installed
 * package) or by a path: what has a slash or ends in .yaml, .yml or .json. Throws a Fault CONFIG_*
 * that names file:line:column, the key, what was wanted and found, and the repair, with one line for
 * each problem.
 */
export async function loadProfile(
  nameOrPath: string,
  options: LoadOptions = {},
): Promise<LoadedProfile> {
  const file = profileFile(nameOrPath, options.from)
  const whole = await readProfileFile(file)
  const parsed = parseProfile(whole.value)
  if (!parsed.ok) throw new ConfigFault(parsed.error, whole.value, whole.origin)
  const more = surplus(ProfileSchema, whole.value)
  if (more.length > 0) throw new ConfigFault(more, whole.value, whole.origin)
  const sha256 = profileIdentity(parsed.value, sha256hex)
  if (isPath(nameOrPath)) await refuseNamesake(parsed.value, sha256, whole)
  return { profile: parsed.value, sha256, file, files: whole.files }
}

/**
 * A changed copy that calls itself as a profile of the program does would be read as that in every
 * result, for nobody compares hashes by eye.
 */
async function refuseNamesake(
  { id, version }: Profile,
  sha256: string,
  { value, origin }: WholeProfile,
): Promise<void> {
  if (!profileIds().includes(id)) return
  const own = await loadProfile(id)
  if (own.sha256 === sha256 || own.profile.version !== version) return
  const problem: ConfigProblem = {
    code: 'CONFIG_VALUE',
    path: ['id'],
    wanted: `the lines of ${id} ${version} as they come with this program`,
    found: 'others under the same name and version',
    repair: 'give it an id and a version of its own',
  }
  throw new ConfigFault([problem], value, origin)
}

/**
 * Loads a site file, the profile it names (a path starts from the site file's folder) and the access
 * keys, and holds the site's lines against the profile. Throws as {@link loadProfile} does. A secret
 * never gets into a message.
 */
export async function loadSite(path: string, options: SiteOptions = {}): Promise<LoadedSite> {
  const file = resolve(options.from ?? '.', path)
  const source = await readSource(file)
  const origin = (at: readonly (string | number)[]) => ({ source, path: at })
  const parsed = parseSite(source.value)
  if (!parsed.ok) throw new ConfigFault(parsed.error, source.value, origin)
  const site = parsed.value
  const unknown = unknownProfile(site.profile)
  if (unknown !== null) throw new ConfigFault([unknown], source.value, origin)
  const profile = await loadProfile(site.profile, { from: dirname(file) })
  const problems = [
    ...surplus(SiteSchema, source.value),
    ...checkSite(site, profile.profile),
    ...wrongKeys(site, nodeCrypto),
    ...(await notOfThisHost(site, options)),
  ]
  if (problems.length > 0) throw new ConfigFault(problems, source.value, origin)
  const keys = {
    primary: await accessKey(source, ['farEnds', 'primary'], site.farEnds.primary),
    secondary: await accessKey(source, ['farEnds', 'secondary'], site.farEnds.secondary),
  }
  const segmentKeys: Record<string, string | null> = {}
  for (const [at, segment] of (site.segments ?? []).entries())
    segmentKeys[segment.name] = await accessKey(source, ['segments', at], segment)
  return { site, file, profile, keys, segmentKeys }
}

async function notOfThisHost(
  { localAddress }: Site,
  { insteadOf }: SiteOptions,
): Promise<readonly ConfigProblem[]> {
  if (localAddress === undefined || insteadOf === undefined) return []
  const instead = await insteadOf(localAddress)
  if (instead === null) return []
  const wanted = `an address of this host (${instead})`
  const repair = 'name one of these, bring its interface up, or leave the key out'
  const found = shown(localAddress)
  return [{ code: 'CONFIG_VALUE', path: ['localAddress'], wanted, found, repair }]
}

/** Ids of the profiles that come with the program, sorted. */
export function profileIds(): readonly string[] {
  return readdirSync(profilesFolder())
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort()
}

/** SHA-256 as hexadecimal digits, as profileIdentity wants it handed in. */
export function sha256hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function profileFile(nameOrPath: string, from = '.'): string {
  const unknown = unknownProfile(nameOrPath)
  if (unknown !== null) {
    const { wanted, found, repair } = unknown
    throw new Fault('CONFIG_READ', 'profile', wanted, found, repair)
  }
  if (isPath(nameOrPath)) return resolve(from, nameOrPath)
  return resolve(profilesFolder(), `${nameOrPath}.yaml`)
}

function isPath(nameOrPath: string): boolean {
  return /[/\\]|\.(ya?ml|json)$/.test(nameOrPath)
}

/** What is wrong with the name of a profile; null when it is a path or a known id. */
export function unknownProfile(name: string): ConfigProblem | null {
  if (isPath(name)) return null
  const known = profileIds()
  if (known.includes(name)) return null
  const near = closest(name, known)
  return {
    code: 'CONFIG_VALUE',
    path: ['profile'],
    wanted: `one of ${known.join(', ')}, or a path to a file`,
    found: shown(name),
    repair: near === undefined ? 'name a profile or a path' : `did you mean ${near}?`,
  }
}

/** Beside this file in the source tree; two levels up, in the package's own tree, when built. */
function profilesFolder(): string {
  const places = ['./profiles', '../../config/profiles'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  )
  const folder = places.find((place) => existsSync(place))
  if (folder !== undefined) return folder
  throw new Fault(
    'CONFIG_READ',
    places[1] ?? 'config/profiles',
    'the folder of profiles that comes with the program',
    'no such folder',
    'install the program again, or name a profile by its path',
  )
}

const KEY = /^[A-Za-z0-9._-]{1,32}:[A-Za-z0-9+/=_-]{22,128}$/

async function accessKey(
  source: Source,
  at: readonly (string | number)[],
  farEnd: Pick<FarEndSite, 'key' | 'keyFile'> | undefined,
): Promise<string | null> {
  if (farEnd?.keyFile === undefined) return farEnd?.key ?? null
  const path = [...at, 'keyFile']
  const keyFile = resolve(dirname(source.file), farEnd.keyFile)
  const text = await readText(keyFile).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.exit !== EXIT.usage) throw error
    throw keyFault(source, path, 'a file that holds id:secret', error.message)
  })
  const key = text.trim()
  if (KEY.test(key)) return key
  const wanted = `id:secret alone in ${keyFile}`
  throw keyFault(source, path, wanted, 'other text (not shown: it may be a secret)')
}

function keyFault(
  source: Source,
  path: readonly (string | number)[],
  wanted: string,
  found: string,
): ConfigFault {
  const repair = 'name the file that the reflector wrote the key to'
  const problem: ConfigProblem = { code: 'CONFIG_VALUE', path, wanted, found, repair }
  return new ConfigFault([problem], source.value, () => ({ source, path }))
}
