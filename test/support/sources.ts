import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Source {
  /** Path from the project's root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly tree: ts.SourceFile
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
          tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true),
        }
      }),
  )
}

/** Everything a file imports, type imports included: project paths, or package names. */
export function importsOf(source: Source): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const target = specifierOf(node)
    if (target !== undefined) found.push(resolve(source.path, target))
    ts.forEachChild(node, visit)
  }
  visit(source.tree)
  return found
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const from = node.moduleSpecifier
    return from !== undefined && ts.isStringLiteral(from) ? from.text : undefined
  }
  const isDynamic =
    ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
  const first = isDynamic ? node.arguments[0] : undefined
  return first !== undefined && ts.isStringLiteral(first) ? first.text : undefined
}

function resolve(from: string, target: string): string {
  if (!target.startsWith('.')) return target
  return posix.join(dirname(from), target).replace(/\.js$/, '.ts')
}

/** Name and number of lines of every function with a body, nested ones included. */
export function functionsOf(source: Source): { name: string; lines: number; at: number }[] {
  const found: { name: string; lines: number; at: number }[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const line = (at: number) => source.tree.getLineAndCharacterOfPosition(at).line
      const first = line(node.getStart(source.tree))
      const name = node.name?.getText(source.tree) ?? 'anonymous'
      found.push({ name, lines: line(node.end) - first + 1, at: first + 1 })
    }
    ts.forEachChild(node, visit)
  }
  visit(source.tree)
  return found
}
