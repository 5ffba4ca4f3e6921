import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../shared/errors.ts'
import { openLogKey } from '../keys/log-key.ts'
import { movedAway, OTHER_KEY } from '../ledger/ledger.ts'
import { type LogHead, newestLog } from '../store/ledger/head.ts'
import { isMoved } from '../store/ledger/lease.ts'
import { openBare } from '../store/open.ts'
import { type Checkup, good, lacking } from './checkup.ts'

const NAME = 'log of records'

/**
 * Whether a collector would write the log here: it was not moved away, and the key that signs it is here.
 * A key that is missing is not made.
 */
export async function checkLog(
  directory: string,
  url: string | null,
  keyFile: string,
): Promise<Checkup> {
  if (url === null && !existsSync(join(directory, 'collector.sqlite'))) {
    return good(NAME, 'none yet: it is begun at the first start')
  }
  const found = await look(directory, url).catch(() => null)
  if (found === null) {
    return lacking(NAME, 'unknown', 'the database does not tell', 'see the line of the database')
  }
  if (found.moved) return broken(movedAway())
  return found.head === null ? good(NAME, 'none yet') : judgeKey(found.head, keyFile)
}

async function look(directory: string, url: string | null) {
  const open = await openBare({ directory, role: 'reader' }, url)
  try {
    return { moved: await isMoved(open.db), head: await newestLog(open.db) }
  } finally {
    await open.close()
  }
}

function judgeKey({ origin, signer }: LogHead, keyFile: string): Checkup {
  if (!existsSync(keyFile)) {
    return lacking(NAME, 'broken', `${origin}, and no key that signs it at ${keyFile}`, OTHER_KEY)
  }
  try {
    const key = Buffer.from(openLogKey(keyFile)(origin).publicKey).toString('hex')
    if (key === signer) return good(NAME, `${origin}, and the key that signs it`)
    return lacking(
      NAME,
      'broken',
      `${origin}, and another key than its own at ${keyFile}`,
      OTHER_KEY,
    )
  } catch (error) {
    if (error instanceof Fault) return broken(error)
    throw error
  }
}

function broken({ where, found, repair }: Fault): Checkup {
  return lacking(NAME, 'broken', `${where}: ${found}`, repair)
}
