import * as v from 'valibot'
import { type ConfigProblem, child, closest, shown } from './problem.ts'
import { repairOf } from './repair.ts'
import { wantedOf } from './wanted.ts'

type Schema = v.GenericSchema
type Path = readonly (string | number)[]

/**
 * Holds a value against a schema and explains everything that is wrong with it, in the order of the
 * value: misspelt keys with the nearest known one, wrong values with what the schema wants there.
 *
 * The schema library stops at the first unknown key of a map; an engineer wants all of them, so
 * those are searched here.
 */
export function explain<T extends Schema>(
  schema: T,
  value: unknown,
): { readonly value: v.InferOutput<T> | undefined; readonly problems: readonly ConfigProblem[] } {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return { value: parsed.output, problems: [] }
  const problems = wrongShapes(schema, value, [])
  const told = problems.map((problem) => problem.path)
  for (const issue of parsed.issues) {
    const path = pathOf(issue)
    // The library goes on into a list that stands for a map; what it finds there is noise.
    if (told.some((shape) => shape.every((step, i) => path[i] === step))) continue
    if (issue.type === 'strict_object' && issue.expected === 'never') continue
    if (isMeant(path, value, problems)) continue
    problems.push(problemOf(schema, value, issue, path))
  }
  return { value: undefined, problems }
}

/** A key that is missing because it is misspelt here is told once. */
function isMeant(path: Path, value: unknown, problems: readonly ConfigProblem[]): boolean {
  if (path.reduce(child, value) !== undefined) return false
  const [parent, key] = [path.slice(0, -1).join('\n'), path.at(-1)]
  return problems.some(
    (one) => one.path.slice(0, -1).join('\n') === parent && one.repair === didYouMean(`${key}`),
  )
}

const didYouMean = (key: string) => `did you mean ${key}?`

/**
 * Lists that hold more than the pair that is wanted: the schema library leaves the rest out, and what
 * stands in evidence is read as it always was.
 */
export function surplus(schema: Schema, value: unknown, path: Path = []): ConfigProblem[] {
  if (typeof value !== 'object' || value === null) return []
  const here = bare(schema, value)
  if (isOtherSize(here, value)) return [shapeProblem(here, value, path)]
  return Object.keys(value).flatMap((key) => {
    const inner = schemaAt(schema, value, [key])
    return inner === undefined ? [] : surplus(inner, child(value, key), [...path, key])
  })
}

function isOtherSize(schema: Schema | undefined, value: object): boolean {
  if (schema?.type !== 'tuple' || !Array.isArray(value)) return false
  return value.length !== (child(schema, 'items') as readonly unknown[]).length
}

function shapeProblem(schema: Schema | undefined, value: unknown, path: Path): ConfigProblem {
  const repair = repairOf(String(path.at(-1) ?? ''), schema, value)
  return { code: 'CONFIG_VALUE', path, wanted: wantedOf(schema), found: shown(value), repair }
}

function pathOf(issue: v.BaseIssue<unknown>): Path {
  return (issue.path ?? []).map((item) => item.key as string | number)
}

function problemOf(
  schema: Schema,
  root: unknown,
  issue: v.BaseIssue<unknown>,
  path: Path,
): ConfigProblem {
  // A missing key is an issue of the key too, for the library; here it is a value that is not there.
  const isKey = issue.path?.at(-1)?.origin === 'key' && path.reduce(child, root) !== undefined
  const here = isKey ? undefined : schemaAt(schema, root, path)
  // What stands in the file, not what the library had in hand (a missing key reads `nothing`).
  const found = isKey ? path.at(-1) : path.reduce(child, root)
  const wanted =
    issue.kind === 'validation' && issue.type === 'check'
      ? issue.message
      : isKey
        ? 'the id of a line, such as LCM-07'
        : wantedOf(here)
  return {
    code: isKey ? 'CONFIG_KEY' : 'CONFIG_VALUE',
    path,
    wanted,
    found: shown(found),
    repair: repairOf(String(path.at(-1) ?? ''), here, found),
  }
}

/**
 * Every list that stands where a map should (the library takes it for one), or that holds more or less than
 * the pair that is wanted, and every key that the schema does not know, with the nearest that it does.
 */
function wrongShapes(schema: Schema, value: unknown, path: Path): ConfigProblem[] {
  if (typeof value !== 'object' || value === null) return []
  const problems: ConfigProblem[] = []
  const known = keysOf(schema, value)
  const here = bare(schema, value)
  const isList = Array.isArray(value) && MAPS.has(here?.type ?? '')
  if (isList || isOtherSize(here, value)) return [shapeProblem(here, value, path)]
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    const at = [...path, key]
    if (known !== undefined && !known.includes(String(key))) {
      problems.push(unknownKey(String(key), at, known))
      continue
    }
    const inner = schemaAt(schema, value, [key])
    if (inner !== undefined) problems.push(...wrongShapes(inner, child(value, key), at))
  }
  return problems
}

/** Schemas of maps, by the library's names. */
const MAPS = new Set(['strict_object', 'loose_object', 'record'])

function unknownKey(key: string, path: Path, known: readonly string[]): ConfigProblem {
  const near = closest(key, known)
  return {
    code: 'CONFIG_KEY',
    path,
    wanted: near === undefined ? `one of ${known.join(', ')}` : 'a key that is known here',
    found: shown(key),
    repair: near === undefined ? 'remove the key' : didYouMean(near),
  }
}

/** The keys a map may have here; undefined where the schema is no map with fixed keys. */
function keysOf(schema: Schema, value: unknown): readonly string[] | undefined {
  const here = bare(schema, value)
  return here?.type === 'strict_object' ? Object.keys(child(here, 'entries') ?? {}) : undefined
}

/** The schema that governs the value at `path`; undefined where none does. */
function schemaAt(schema: Schema, root: unknown, path: Path): Schema | undefined {
  let here: Schema | undefined = schema
  let value = root
  for (const step of path) {
    here = step1(bare(here, value), step)
    value = child(value, step)
    if (here === undefined) return undefined
  }
  return bare(here, value)
}

function step1(schema: Schema | undefined, step: string | number): Schema | undefined {
  if (schema === undefined) return undefined
  const asSchema = (found: unknown) => found as Schema | undefined
  switch (schema.type) {
    case 'strict_object':
    case 'loose_object':
      return asSchema(child(child(schema, 'entries'), step))
    case 'array':
      return asSchema(child(schema, 'item'))
    case 'tuple':
      return asSchema(child(child(schema, 'items'), step))
    case 'record':
      return asSchema(child(schema, 'value'))
    default:
      return undefined
  }
}

/** Takes off `optional`, and chooses the branch of a variant by the value's own discriminator. */
function bare(schema: Schema | undefined, value: unknown): Schema | undefined {
  let here = schema
  while (here?.type === 'optional') here = child(here, 'wrapped') as Schema
  if (here?.type !== 'variant') return here
  const key = String(child(here, 'key'))
  const options = child(here, 'options') as readonly Schema[]
  const kind = child(value, key)
  const own = options.find(
    (option) => child(child(child(option, 'entries'), key), 'literal') === kind,
  )
  return own ?? kindOnly(key, options)
}

/** Stands in for a variant whose discriminator is missing or unknown: only that key is known of it. */
function kindOnly(key: string, options: readonly Schema[]): Schema {
  const kinds = options.map((option) =>
    String(child(child(child(option, 'entries'), key), 'literal')),
  )
  return v.looseObject({ [key]: v.picklist(kinds) }) as unknown as Schema
}
