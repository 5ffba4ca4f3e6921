import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expiringKeys, expiringTokens } from '../expiry.ts'
import { changesSince } from '../store/access/revision.ts'
import { openBare } from '../store/open.ts'
import { type Checkup, good, lacking } from './checkup.ts'

const NAME = 'keys and tokens'
const MOST_NAMED = 5

/**
 * Agents' keys and API tokens that run out soon, by name. Nothing of it keeps a collector from running,
 * nor an agent from measuring.
 */
export async function checkExpiry(
  directory: string,
  url: string | null,
  nowMs: number,
): Promise<Checkup> {
  if (url === null && !existsSync(join(directory, 'collector.sqlite'))) {
    return good(NAME, 'none yet')
  }
  try {
    const open = await openBare({ directory, role: 'reader' }, url)
    const { keys, tokens } = await changesSince(open.db, -1).finally(() => open.close())
    return judge(expiringKeys(keys, nowMs), expiringTokens(tokens, nowMs), keys.length)
  } catch {
    return lacking(
      NAME,
      'unknown',
      'the database does not tell them',
      'see the line of the database',
    )
  }
}

function judge(
  keys: ReturnType<typeof expiringKeys>,
  tokens: ReturnType<typeof expiringTokens>,
  all: number,
): Checkup {
  if (keys.length === 0 && tokens.length === 0) {
    return good(NAME, `${all} agent keys; none runs out soon. The key of the log does not run out`)
  }
  const at = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`
  const named = keys
    .slice(0, MOST_NAMED)
    .map(({ site, agent, expiresMs }) => `key of ${site}/${agent} at ${at(expiresMs)}`)
  const more = keys.length > MOST_NAMED ? [`and ${keys.length - MOST_NAMED} more keys`] : []
  const others = tokens.map(
    (one) => `${one.tokens} ${one.role} tokens from ${at(one.expiresMs)} on`,
  )
  const repair =
    'agents change their keys by themselves: look at their logs; make new tokens and revoke the old'
  return lacking(NAME, 'doubtful', `run out: ${[...named, ...more, ...others].join(', ')}`, repair)
}
