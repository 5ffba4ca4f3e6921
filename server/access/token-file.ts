import { readFileSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import * as v from 'valibot'
import { writeDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'
import { type Token, TokenFileSchema } from './tokens.ts'

const RECHECK_MS = 1000

/** Reads a token file; a file that does not exist holds no tokens. @throws Fault CONFIG_VALUE */
export function readTokens(file: string): Token[] {
  const text = readText(file)
  if (text === null) return []
  const parsed = v.safeParse(TokenFileSchema, parseJson(file, text))
  if (parsed.success) return [...parsed.output.tokens]
  const [issue] = parsed.issues
  const where = `${file}: ${v.getDotPath(issue) ?? 'top level'}`
  throw new Fault('CONFIG_VALUE', where, issue.expected ?? 'a token file', issue.received)
}

/** Writes the file whole or not at all, readable by its owner only. @throws Fault STORE */
export function writeTokens(file: string, tokens: readonly Token[]): void {
  const text = JSON.stringify({ format: 'voip-ready/tokens/1', tokens }, null, 2)
  makeFolder(dirname(file))
  try {
    writeDurably(dirname(file), basename(file), `${text}\n`)
  } catch (error) {
    throw new Fault('STORE', file, 'a file that can be written', String(error))
  }
}

export interface TokenBook {
  /** Tokens by id, as the file has them now (looked at again at most once a second). */
  readonly tokens: () => ReadonlyMap<string, Token>
}

/**
 * Follows a token file, so that `tokens add` and `tokens revoke` hold without a restart. When the
 * file becomes unreadable the last good tokens stay and `onError` hears why, once per change.
 */
export function followTokenFile(
  file: string,
  nowMs: () => number,
  onError: (error: unknown) => void,
): TokenBook {
  let known = index(readTokens(file))
  let mark = markOf(file)
  let checkedMs = nowMs()
  return {
    tokens: () => {
      if (Math.abs(nowMs() - checkedMs) < RECHECK_MS) return known
      checkedMs = nowMs()
      const found = markOf(file)
      if (found === mark) return known
      mark = found
      try {
        known = index(readTokens(file))
      } catch (error) {
        onError(error)
      }
      return known
    },
  }
}

function index(tokens: readonly Token[]): ReadonlyMap<string, Token> {
  return new Map(tokens.map((token) => [token.id, token]))
}

/** The file is replaced by rename, so its inode tells a change even within one tick of its time. */
function markOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? 'none' : `${stat.ino}/${stat.mtimeMs}/${stat.size}`
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new Fault('CONFIG_READ', file, 'a token file that can be read', String(error))
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Fault('CONFIG_SYNTAX', file, 'JSON', String(error), 'mend or remove the file')
  }
}
