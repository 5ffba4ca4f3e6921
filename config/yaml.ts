import type * as Yaml from 'yaml'
import { ok, type Result, refuse } from '../shared/result.ts'

/** Where a value and its key stand, counted from 1: [line, column, line of key, column of key]. */
export type Place = readonly [line: number, column: number, keyLine: number, keyColumn: number]

export interface YamlDocument {
  readonly value: unknown
  /** Places by JSON pointer (RFC 6901); the empty pointer is the whole document. */
  readonly places: Readonly<Record<string, Place>>
}

export interface YamlProblem {
  readonly line: number
  readonly column: number
  readonly wanted: string
  readonly found: string
}

/** Values after aliases are followed; an honest profile has about 3000. */
const MAX_VALUES = 50_000
const MAX_DEPTH = 64

/**
 * Reads one strict YAML 1.2 document: plain maps with text keys, lists, text, numbers, true, false
 * and null. Refuses repeated keys, unknown tags, more than one document, YAML 1.1, numbers that are
 * not finite, and documents that aliases blow up beyond 50 000 values.
 *
 * The `yaml` library is loaded on the first call and never before: loading it and reading a profile
 * costs 20 MB of memory, which a program that reads no YAML should not pay (see load-apart.ts for one that runs for months).
 */
export async function readYaml(text: string): Promise<Result<YamlDocument, YamlProblem>> {
  const indented = tooIndented(text)
  if (indented !== null) return refuse(indented)
  const yaml = await import('yaml')
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, {
    version: '1.2',
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
    lineCounter: lines,
    customTags: [],
    // Not 'silent': that hides a second document.
    logLevel: 'error',
  })
  const fault = document.errors[0] ?? document.warnings[0]
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0])
    return refuse({ line, column: col, ...words(fault) })
  }
  const { explicit, version } = document.directives?.yaml ?? {}
  if (explicit === true && version !== '1.2') {
    return refuse({ line: 1, column: 1, wanted: 'YAML 1.2', found: `YAML ${version}` })
  }
  try {
    return ok(plain(yaml, document, lines))
  } catch (error) {
    if (error instanceof Unreadable) return refuse(error.problem)
    throw error
  }
}

/**
 * Indentation far beyond any honest file. The library builds a regular expression of that length,
 * and at some 100 000 columns the engine ends the whole process: it must not get that far.
 */
const TOO_INDENTED = /^[ \t?:-]{257}/m

function tooIndented(text: string): YamlProblem | null {
  const at = text.search(TOO_INDENTED)
  if (at < 0) return null
  const line = text.slice(0, at).split('\n').length
  return { line, column: 257, wanted: 'at most 256 columns of indentation', found: 'more' }
}

/** Tags of the core schema (YAML 1.2 section 10.3), or none. */
const CORE_TAGS = /^$|^!$|^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/

class Unreadable extends Error {
  readonly problem: YamlProblem
  constructor(problem: YamlProblem) {
    super(problem.wanted)
    this.problem = problem
  }
}

/** What a copy of one document needs at every step. */
interface Copying {
  readonly yaml: typeof Yaml
  readonly document: Yaml.Document.Parsed
  readonly lines: Yaml.LineCounter
  readonly places: Record<string, Place>
  values: number
}

/** Copies the document into plain values and notes where each stands. */
function plain(
  yaml: typeof Yaml,
  document: Yaml.Document.Parsed,
  lines: Yaml.LineCounter,
): YamlDocument {
  const copying: Copying = { yaml, document, lines, places: {}, values: 0 }
  const value = copy(copying, document.contents, '', undefined, 0)
  return { value, places: copying.places }
}

function copy(c: Copying, node: unknown, pointer: string, key: unknown, depth: number): unknown {
  c.values++
  if (c.values > MAX_VALUES)
    stop(c, node, `at most ${MAX_VALUES} values`, 'more (through aliases?)')
  if (depth > MAX_DEPTH) stop(c, node, `at most ${MAX_DEPTH} levels`, 'deeper nesting')
  c.places[pointer] = [...placeOf(c, node ?? key), ...placeOf(c, key ?? node)]
  if (c.yaml.isAlias(node)) {
    const target = node.resolve(c.document)
    if (target === undefined) stop(c, node, 'an anchor that was set before', `*${node.source}`)
    return copy(c, target, pointer, key, depth + 1)
  }
  // The library knows !!binary, !!set and others by itself; nothing here is written so.
  if (c.yaml.isNode(node) && !CORE_TAGS.test(node.tag ?? '')) {
    stop(c, node, 'plain values', 'an unknown tag')
  }
  if (c.yaml.isSeq(node)) {
    return node.items.map((item, i) => copy(c, item, `${pointer}/${i}`, undefined, depth + 1))
  }
  return c.yaml.isMap(node) ? copyMap(c, node, pointer, depth) : copyScalar(c, node)
}

function copyMap(
  c: Copying,
  map: Yaml.YAMLMap,
  pointer: string,
  depth: number,
): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const { key, value } of map.items) {
    const name: unknown = c.yaml.isScalar(key) ? key.value : undefined
    if (typeof name !== 'string') stop(c, key, 'text as a key', keyText(name))
    if (name === '__proto__') stop(c, key, 'a key of the schema', name)
    result[name] = copy(c, value, `${pointer}/${escapePointer(name)}`, key, depth + 1)
  }
  return result
}

function keyText(key: unknown): string {
  return typeof key === 'number' || typeof key === 'boolean' ? String(key) : 'something else'
}

function copyScalar(c: Copying, node: unknown): unknown {
  const value: unknown = c.yaml.isScalar(node) ? node.value : null
  if (typeof value === 'number' && !Number.isFinite(value)) {
    stop(c, node, 'a finite number', String(value))
  }
  return value
}

function placeOf(c: Copying, node: unknown): readonly [line: number, column: number] {
  const range = c.yaml.isNode(node) ? node.range : undefined
  const { line, col } = c.lines.linePos(range?.[0] ?? 0)
  return line === 0 ? [1, 1] : [line, col]
}

function stop(c: Copying, node: unknown, wanted: string, found: string): never {
  const [line, column] = placeOf(c, node)
  throw new Unreadable({ line, column, wanted, found })
}

/** A key inside a JSON pointer (RFC 6901 section 3). */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** The library's complaint in our words where a person meets it often; its own words else. */
function words(fault: Yaml.YAMLError): { readonly wanted: string; readonly found: string } {
  const isUnclosed = fault.code === 'BAD_INDENT' && fault.message.startsWith('Flow')
  const known = COMPLAINTS[isUnclosed ? 'MISSING_CHAR' : fault.code]
  if (known !== undefined) return known
  return { wanted: 'YAML', found: `a mistake (${fault.message.split('\n')[0]})` }
}

const COMPLAINTS: { readonly [code: string]: { readonly wanted: string; readonly found: string } } =
  {
    DUPLICATE_KEY: { wanted: 'every key once in its map', found: 'the same key again' },
    MULTIPLE_DOCS: { wanted: 'one document', found: 'a second one' },
    RESOURCE_EXHAUSTION: { wanted: `at most ${MAX_DEPTH} levels`, found: 'far deeper nesting' },
    TAB_AS_INDENT: { wanted: 'spaces to indent', found: 'a tab' },
    TAG_RESOLVE_FAILED: { wanted: 'plain values', found: 'an unknown tag' },
    BAD_INDENT: {
      wanted: 'lines of one list or map at one indentation',
      found: 'another indentation',
    },
    MISSING_CHAR: { wanted: 'the closing quote or bracket, or a colon', found: 'none' },
    BLOCK_AS_IMPLICIT_KEY: { wanted: 'one key and value on a line', found: 'a second colon' },
  }
