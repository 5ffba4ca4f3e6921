import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ParseResult, parseSync, Visitor } from 'rolldown/utils'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Source {
  /** Path from the project's root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly tree: ParseResult['program']
}

/** Reads every TypeScript file below the named top-level folders. */
export function readSources(folders: readonly string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .filter((entry) => !entry.parentPath.includes('node_modules'))
      .map((entry) => {
        const file = join(entry.parentPath, entry.name)
        const text = readFileSync(file, 'utf8')
        const path = relative(root, file).split(sep).join('/')
        return {
          path,
          text,
          tree: parseSync(path, text).program,
        }
      }),
  )
}

/** Everything a file imports, type imports included: project paths, or package names. */
export function importsOf(source: Source): string[] {
  const found: string[] = []
  const take = (from: { readonly type: string; readonly value?: unknown } | null): void => {
    if (typeof from?.value === 'string') found.push(resolve(source.path, from.value))
  }
  new Visitor({
    ImportDeclaration: ({ source: from }) => take(from),
    ExportNamedDeclaration: ({ source: from }) => take(from),
    ExportAllDeclaration: ({ source: from }) => take(from),
    ImportExpression: ({ source: from }) => take(from),
  }).visit(source.tree)
  return found
}

function resolve(from: string, target: string): string {
  if (!target.startsWith('.')) return target
  return posix.join(dirname(from), target).replace(/\.js$/, '.ts')
}

/** Number of lines of every function with a body, nested ones included, and where it begins. */
export function functionsOf({ text, tree }: Source): { lines: number; at: number }[] {
  const found: { lines: number; at: number }[] = []
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length
  const take = ({ start, end, body }: { start: number; end: number; body: unknown }): void => {
    const at = lineOf(start)
    if (body !== null) found.push({ at, lines: lineOf(end) - at + 1 })
  }
  new Visitor({
    FunctionDeclaration: take,
    FunctionExpression: take,
    ArrowFunctionExpression: take,
  }).visit(tree)
  return found
}
