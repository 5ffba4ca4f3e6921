import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { removeDurably, writeDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'
import { holderOf } from '../../shared/disk/lock.ts'
import { EXIT, Fault } from '../../shared/errors.ts'
import type { RunAsk } from '../../shared/plan/run.ts'
import { shellWord } from '../../shared/shell-word.ts'
import type { Output } from '../cli/output.ts'
import { loadCredentials } from '../enrol/identity.ts'
import { sleep } from '../sleep.ts'
import {
  HAND_FOLDER,
  type HandEnd,
  type HandNews,
  type HandOrder,
  handFile,
  handFileOf,
  MOST_ORDERS,
} from './hand-files.ts'
import type { RunShown } from './messages.ts'

/** A run that the agent of this machine did, and keeps in its signed records. */
export interface Recorded {
  readonly id: string
  readonly site: string
  readonly shown: RunShown
  readonly siteFile: string
  readonly kept: HandEnd['kept']
}

const LOOK_EVERY_MS = 250
/** Behind other runs it may wait for so long. */
const PATIENCE_MS = 10 * 60_000

/**
 * Asks the running agent of this machine for a run, and waits for its end. Ctrl-C ends the run early,
 * with what was seen until then.
 * @throws Fault where the agent is not enrolled, does not run, belongs to another user, has too much
 * to do, does not allow the run, or ends before it
 */
export async function orderByHand(state: string, ask: RunAsk, output: Output): Promise<Recorded> {
  const { site, folder, holder } = runningAgent(state)
  const id = randomUUID()
  put(folder, { format: 'voip-ready/run-by-hand/1', id, ask, entered: enteredNow() })
  const end = await new Waiting({ folder, id, holder, output }).untilEnd()
  const { outcome, why, shown, siteFile, kept } = end
  if (outcome === 'refused') throw new Fault('REFUSED', `agent ${state}`, 'a run it allows', why)
  if (shown === null || siteFile === null) {
    const repair = "see the agent's log"
    throw new Fault('ENGINE', `run ${id}`, 'a run to its end', why || outcome, repair)
  }
  return { id, site, shown, siteFile, kept }
}

/**
 * The agent that runs with a folder.
 * @throws Fault where it is not enrolled, does not run, or belongs to another user
 */
export function runningAgent(state: string) {
  const site = enrolledSite(state)
  const folder = join(state, HAND_FOLDER)
  const holder = holderOf(folder)
  if (holder === undefined) throw notRunning(state)
  return { site, folder, holder }
}

/**
 * Says what became of it in the records, beside what it found. Returns the exit code: who asked for a
 * record and has none is told of no success.
 */
export function tellKept({ id, site, kept }: Recorded, exit: number, output: Output): number {
  if (kept === null || kept.lost !== null) {
    const why = kept?.lost ?? 'the agent has no records yet'
    output.err(`NOT RECORDED: run ${id}: ${why}; the agent's log says more\n`)
    return exit === EXIT.pass ? EXIT.environment : exit
  }
  const where = kept.records === 1 ? 'a signed record' : `${kept.records} signed records`
  output.err(`recorded: run ${id} of ${site}, in ${where}; a bundle of this time shows it\n`)
  return exit
}

function enrolledSite(state: string): string {
  const where = `--state ${state}`
  const found = statSync(state, { throwIfNoEntry: false })
  const own = process.getuid?.()
  if (found !== undefined && own !== undefined && found.uid !== own) {
    const repair = `run it as that user: sudo -u '#${found.uid}' voip-ready ...`
    throw new Fault('NOT_PERMITTED', where, `its user (uid ${found.uid})`, `uid ${own}`, repair)
  }
  const identity = found?.isDirectory() === true ? loadCredentials(state)?.identity : undefined
  if (identity !== undefined) return identity.site
  const what = found?.isDirectory() === true ? 'no identity in it' : 'no such folder'
  const repair =
    'name the folder that the agent runs with, or enrol first: voip-ready agent enrol --help'
  throw new Fault('USAGE', where, 'the state folder of an enrolled agent', what, repair)
}

function notRunning(state: string): Fault {
  const repair =
    `start it: voip-ready agent --state ${shellWord(state)}; it alone signs, so that its records stay one chain. ` +
    'Without --record the same run is shown and kept nowhere'
  return new Fault('UNREACHABLE', `--state ${state}`, 'a running agent', 'none', repair)
}

/** The person, where an account was lent to him. */
function enteredNow(): HandOrder['entered'] {
  const account = process.env.SUDO_USER || userInfo().username
  return { by: account.replace(/[^!-~]/g, '?').slice(0, 64) || 'unknown', at: Date.now() }
}

function put(folder: string, order: HandOrder): void {
  makeFolder(folder)
  try {
    const waiting = readdirSync(folder).filter((name) => handFileOf(name)?.kind === 'order').length
    if (waiting >= MOST_ORDERS) {
      const found = `${waiting} that wait`
      const repair = 'wait for them to end'
      throw new Fault('REFUSED', folder, `fewer than ${MOST_ORDERS} runs`, found, repair)
    }
    writeDurably(folder, handFile(order.id, 'order'), JSON.stringify(order))
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('STORE', folder, 'a folder that can be written', (error as Error).message)
  }
}

interface WaitingParts {
  readonly folder: string
  readonly id: string
  /** The agent's process. */
  readonly holder: number
  readonly output: Output
}

class Waiting {
  readonly #parts: WaitingParts
  readonly #interrupted = new AbortController()

  constructor(parts: WaitingParts) {
    this.#parts = parts
  }

  async untilEnd(): Promise<HandEnd> {
    const { output } = this.#parts
    const clear = output.live ? '\r\u001b[K' : ''
    const interrupt = () => {
      output.err(`${clear}stopping; what was seen until now is judged and recorded\n`)
      this.#interrupted.abort()
    }
    // Once only: a second Ctrl-C ends this command, and the agent goes on.
    process.once('SIGINT', interrupt)
    process.once('SIGTERM', interrupt)
    try {
      return await this.#wait()
    } finally {
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', interrupt)
      output.err(clear)
    }
  }

  async #wait(): Promise<HandEnd> {
    const { folder, id, output } = this.#parts
    const sinceMs = performance.now()
    let stopped = false
    for (;;) {
      const end = this.#read<HandEnd>('end')
      if (end !== null) {
        removeDurably(folder, handFile(id, 'end'))
        return end
      }
      const waits = existsSync(join(folder, handFile(id, 'order')))
      this.#checkAgent(waits)
      const wanted = !this.#interrupted.signal.aborted
      if (waits && (!wanted || performance.now() - sinceMs > PATIENCE_MS)) throw this.#withdraw()
      if (!wanted && !stopped) {
        stopped = true
        writeDurably(folder, handFile(id, 'stop'), '{}')
      }
      if (output.live) output.err(`\r\u001b[K${this.#newsText(waits).slice(0, 99)}`)
      await sleep(LOOK_EVERY_MS, new AbortController().signal)
    }
  }

  #newsText(waits: boolean): string {
    if (waits) return 'waiting for the agent, which may be at another run'
    return this.#read<HandNews>('news')?.text ?? 'the agent begins'
  }

  #checkAgent(waits: boolean): void {
    const { folder, id, holder } = this.#parts
    if (holderOf(folder) === holder || existsSync(join(folder, handFile(id, 'end')))) return
    if (waits) removeDurably(folder, handFile(id, 'order'))
    const found = `process ${holder} has ended`
    const repair = waits
      ? 'start the agent, and ask again'
      : 'start the agent: its next records say that this run was lost; then ask again'
    throw new Fault('UNREACHABLE', `run ${id}`, 'the agent that was asked', found, repair)
  }

  #withdraw(): Fault {
    const { folder, id } = this.#parts
    removeDurably(folder, handFile(id, 'order'))
    const found = 'not begun; it was withdrawn'
    return new Fault('REFUSED', `run ${id}`, 'an agent that begins it', found, 'ask again later')
  }

  #read<T>(kind: 'end' | 'news'): T | null {
    const { folder, id } = this.#parts
    try {
      return JSON.parse(readFileSync(join(folder, handFile(id, kind)), 'utf8')) as T
    } catch {
      return null
    }
  }
}
