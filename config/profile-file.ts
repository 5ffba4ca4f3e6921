import { dirname, resolve } from 'node:path'
import { Fault } from '../shared/errors.ts'
import { child } from '../shared/profile/problem.ts'
import { ConfigFault, type Origin, readSource, type Source } from './source.ts'

/** A profile file with its parts put in, and the way back from there to the files. */
export interface WholeProfile {
  readonly value: unknown
  readonly origin: Origin
  /** The files it was made from, the profile's own first. */
  readonly files: readonly string[]
}

const PART_FORMAT = 'voip-ready/profile-part/1'
const MAX_PARTS = 20

/** Lists that grow with every part; all other keys may stand in one file only. */
const LISTS = ['connections', 'requirements', 'notes']

/**
 * Reads a profile and the parts that its `include` names (paths from the profile's own folder; parts
 * include nothing themselves). Lists are joined, parts first, in the order named; any other key may
 * be given once. The result has no `include`: two profiles with the same lines in the same order are
 * the same contract, however they were cut into files.
 */
export async function readProfileFile(file: string): Promise<WholeProfile> {
  const own = await readSource(file)
  const include = child(own.value, 'include')
  const parts: Source[] = []
  for (const [at, name] of includeNames(own, include).entries()) {
    const part = await readPart(own, at, resolve(dirname(file), name))
    checkPart(part)
    parts.push(part)
  }
  return join(own, parts)
}

function includeNames(own: Source, include: unknown): readonly string[] {
  if (include === undefined) return []
  const isList = Array.isArray(include) && include.length <= MAX_PARTS
  if (isList && include.every((name) => typeof name === 'string' && name !== '')) {
    const repeated = include.findIndex((name, i) => include.indexOf(name) !== i)
    if (repeated < 0) return include
    throw wrong(own, ['include', repeated], 'every part once', 'the same part again')
  }
  throw wrong(own, ['include'], `a list of at most ${MAX_PARTS} file names`, 'something else')
}

/** A part that cannot be read is told where it was named: a copied profile often left its parts behind. */
async function readPart(own: Source, at: number, file: string): Promise<Source> {
  return await readSource(file).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.code !== 'CONFIG_READ') throw error
    const repair = 'copy the part to there too, or name it by its whole path'
    throw wrong(own, ['include', at], error.wanted, `${error.found} at ${file}`, repair)
  })
}

function checkPart(part: Source): void {
  const format = child(part.value, 'format')
  if (format !== PART_FORMAT) {
    const found = format === undefined ? 'nothing' : JSON.stringify(format)
    throw wrong(part, ['format'], JSON.stringify(PART_FORMAT), found)
  }
  if (child(part.value, 'include') !== undefined) {
    throw wrong(part, ['include'], 'no include inside a part', 'one')
  }
}

function wrong(
  source: Source,
  path: readonly (string | number)[],
  wanted: string,
  found: string,
  repair = 'correct the value',
): ConfigFault {
  const problem = { code: 'CONFIG_VALUE', path, wanted, found, repair } as const
  return new ConfigFault([problem], source.value, () => ({ source, path }))
}

/** Joins parts and profile, and remembers where each key and each item of a list came from. */
function join(own: Source, parts: readonly Source[]): WholeProfile {
  const value: Record<string, unknown> = {}
  const keys = new Map<string, Source>()
  const items = new Map<string, { readonly source: Source; readonly index: number }[]>()
  for (const source of [...parts, own]) {
    for (const [key, given] of Object.entries(source.value ?? {})) {
      if (key === 'include' || (key === 'format' && source !== own)) continue
      if (LISTS.includes(key) && Array.isArray(given)) {
        items.set(key, [...(items.get(key) ?? []), ...given.map((_, index) => ({ source, index }))])
        value[key] = [...((value[key] as unknown[] | undefined) ?? []), ...given]
        continue
      }
      const other = keys.get(key)
      if (other !== undefined) {
        throw wrong(source, [key], `${key} in one file only`, `it in ${other.file} too`)
      }
      keys.set(key, source)
      value[key] = given
    }
  }
  const isMap = typeof own.value === 'object' && !Array.isArray(own.value)
  const files = [own, ...parts].map((source) => source.file)
  return { value: isMap ? value : own.value, origin: originIn(own, keys, items), files }
}

function originIn(
  own: Source,
  keys: ReadonlyMap<string, Source>,
  items: ReadonlyMap<string, readonly { readonly source: Source; readonly index: number }[]>,
): Origin {
  return ([key, index, ...rest]) => {
    const item = typeof index === 'number' ? items.get(String(key))?.[index] : undefined
    const path = [key, item?.index ?? index, ...rest].filter((step) => step !== undefined)
    return { source: item?.source ?? keys.get(String(key)) ?? own, path }
  }
}
