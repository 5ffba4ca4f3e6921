import { readFile, stat } from 'node:fs/promises'
import { Fault } from '../shared/errors.ts'
import { type ConfigProblem, pathText } from '../shared/profile/problem.ts'
import { ok } from '../shared/result.ts'
import { readBefore } from './read-before.ts'
import { escapePointer, readYaml, type YamlDocument } from './yaml.ts'

/** A configuration file as read: its plain value and where everything stands in it. */
export interface Source extends YamlDocument {
  readonly file: string
}

const MAX_BYTES = 256 * 1024

/**
 * Reads one YAML file of at most 256 KiB, or throws a Fault: CONFIG_READ when there is no such text
 * file, CONFIG_SYNTAX with line and column when it is no strict YAML.
 */
export async function readSource(file: string): Promise<Source> {
  const text = await readText(file)
  const before = readBefore(text)
  const read = before === null ? await readYaml(text) : ok(before)
  if (!read.ok) {
    const { line, column, wanted, found } = read.error
    throw new Fault('CONFIG_SYNTAX', `${file}:${line}:${column}`, wanted, found)
  }
  if (read.value.value === null) {
    throw new Fault('CONFIG_SYNTAX', file, 'keys and values', 'an empty file', 'write the file')
  }
  return { file, ...read.value }
}

/** A small UTF-8 text file whole, or a Fault CONFIG_READ that says why not. */
export async function readText(file: string): Promise<string> {
  const bytes = await readBytes(file)
  if (bytes.includes(0)) throw new Fault('CONFIG_READ', file, 'a text file', 'binary data')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Fault('CONFIG_READ', file, 'UTF-8 text', 'other bytes', 'save the file as UTF-8')
  }
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    const { size, isFile } = await stat(file).then((s) => ({ size: s.size, isFile: s.isFile() }))
    if (!isFile) throw new Fault('CONFIG_READ', file, 'a file', 'something else')
    if (size > MAX_BYTES) throw tooLarge(file, size)
    // The file may grow between the two calls: what was read is measured too.
    const bytes = await readFile(file)
    if (bytes.length > MAX_BYTES) throw tooLarge(file, bytes.length)
    return bytes
  } catch (error) {
    if (error instanceof Fault) throw error
    const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN'
    throw new Fault('CONFIG_READ', file, 'a file that can be read', WHY[code] ?? code)
  }
}

function tooLarge(file: string, bytes: number): Fault {
  const wanted = `at most ${MAX_BYTES} bytes`
  return new Fault('CONFIG_READ', file, wanted, `${bytes} bytes`, 'name a configuration file')
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  ENOTDIR: 'a path through something that is no directory',
  ENAMETOOLONG: 'a name that is too long',
  ELOOP: 'links that lead in a circle',
}

/** Where a path of a checked value comes from: which file, and which path inside it. */
export type Origin = (path: readonly (string | number)[]) => {
  readonly source: Source
  readonly path: readonly (string | number)[]
}

/** Everything wrong with one configuration file; the message has one line per problem. */
export class ConfigFault extends Fault {
  readonly problems: readonly string[]

  constructor(problems: readonly ConfigProblem[], root: unknown, origin: Origin) {
    const [first, ...rest] = problems
    if (first === undefined) throw new TypeError('a ConfigFault needs a problem')
    const where = (problem: ConfigProblem) => placeText(problem, root, origin)
    super(first.code, where(first), first.wanted, first.found, first.repair)
    const others = rest
      .slice(0, MAX_SHOWN - 1)
      .map((p) => new Fault(p.code, where(p), p.wanted, p.found, p.repair).message)
    this.problems = [this.message, ...others]
    const more = problems.length - this.problems.length
    this.message = [...this.problems, ...(more > 0 ? [`and ${more} more`] : [])].join('\n')
  }
}

const MAX_SHOWN = 20

/** `file:line:column: key path`; for a missing key the place of the map that lacks it. */
function placeText(problem: ConfigProblem, root: unknown, origin: Origin): string {
  const { source, path } = origin(problem.path)
  let depth = path.length
  const pointer = (n: number) =>
    path
      .slice(0, n)
      .map((step) => `/${escapePointer(String(step))}`)
      .join('')
  while (depth > 0 && source.places[pointer(depth)] === undefined) depth--
  const place = source.places[pointer(depth)] ?? [1, 1, 1, 1]
  const onKey = problem.code === 'CONFIG_KEY' && depth === path.length
  const [line, column] = onKey ? [place[2], place[3]] : place
  return `${source.file}:${line}:${column}: ${pathText(problem.path, root)}`
}
