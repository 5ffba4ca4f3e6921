import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ok, type Result, refuse } from '../../shared/result.ts'
import { type HandOrder, handFile, LARGEST_ORDER } from './hand-files.ts'

/** What was entered longer ago is not begun any more: whoever asked for it has gone. */
const GOOD_FOR_MS = 15 * 60_000
const ACCOUNT = /^[!-~]{1,64}$/

/**
 * Reads an order as far as the agent must know it; what is asked for is checked by the process of the
 * run. Refused in words: not a file of the agent's own user, too large, another form, or too old.
 */
export function readOrder(folder: string, id: string, nowMs: number): Result<HandOrder, string> {
  const path = join(folder, handFile(id, 'order'))
  try {
    const { size, uid } = lstatSync(path)
    const own = process.getuid?.()
    if (own !== undefined && uid !== own) return refuse('it is a file of another user')
    if (size > LARGEST_ORDER) return refuse(`it has ${size} octets, more than ${LARGEST_ORDER}`)
    return orderIn(JSON.parse(readFileSync(path, 'utf8')), id, nowMs)
  } catch (error) {
    return refuse(`it cannot be read: ${(error as Error).message}`)
  }
}

function orderIn(
  value: Partial<HandOrder> | null,
  id: string,
  nowMs: number,
): Result<HandOrder, string> {
  const { format, id: named, ask, entered } = value ?? {}
  if (format !== 'voip-ready/run-by-hand/1') return refuse('it is of another form or version')
  if (named !== id) return refuse('it is of another run than its name says')
  if (ask === null || typeof ask !== 'object') return refuse('it asks for nothing')
  const { by, at } = entered ?? {}
  if (typeof by !== 'string' || !ACCOUNT.test(by)) return refuse('it does not say who entered it')
  if (at === undefined || !Number.isSafeInteger(at) || Math.abs(nowMs - at) > GOOD_FOR_MS)
    return refuse('it was entered more than 15 minutes ago')
  return ok({ format, id, ask, entered: { by, at } } satisfies HandOrder)
}
