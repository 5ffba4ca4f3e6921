import { Fault } from '../../shared/errors.ts'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { logKeyName } from '../../shared/evidence/key-names.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { formatVkey, vkeyOf } from '../../shared/evidence/vkey.ts'
import type { LedgerBook } from '../store/ledger/book.ts'
import type { StoredCheckpoint } from '../store/ledger/checkpoints.ts'
import type { LogHead } from '../store/ledger/head.ts'
import type { Store } from '../store/store.ts'
import type { Journal } from './journal.ts'
import { type KeeperFault, LedgerKeeper } from './keeper.ts'
import { Loop } from './loop.ts'
import { Probation, type RestoredNote } from './probation.ts'
import { SeenCheck, type SeenConflict } from './seen-check.ts'
import { SignedJournal } from './signed-journal.ts'
import type { LastSigned } from './signing.ts'
import { LedgerWatch } from './watch.ts'
import { WitnessDesk, type WitnessDeskOptions, type WitnessState } from './witness-desk.ts'

/** How a collector comes to the key of a log that another one made. */
export const OTHER_KEY =
  'collectors on one database share the key of its log: copy keys/log.key of the one that made it, or name it with --log-key; only where it is lost begin another log: collector ledger recover --new-origin'

export interface LedgerOptions {
  /** The log's key under the name of a log. */
  readonly signer: (name: string) => Signer
  readonly last: LastSigned
  /** Left out: no restore is to be thought of. */
  readonly restored?: RestoredNote
  /** The collector's name in the origin of its log; null: as the log has it. */
  readonly name: string | null
  /** Name of a first log when none is given. */
  readonly defaultName: string
  /** A name that no other running collector has. */
  readonly holder: string
  readonly checkpointEveryMs?: number
  readonly turnEveryMs?: number
  readonly onCheckpoint?: (checkpoint: StoredCheckpoint) => void
  /** Who is asked to cosign every checkpoint, and how. Left out: nobody. */
  readonly witness?: Witnessing
}

export interface Witnessing extends Pick<WitnessDeskOptions, 'witnesses' | 'post'> {
  /** The policy (C2SP tlog-policy) that goes into bundles; null: none. */
  readonly policy: string | null
}

export interface LedgerParts {
  readonly store: Pick<Store, 'ledger' | 'profiles'>
  readonly nowMs: () => number
  readonly waiting: () => number
  /** Told of a fault when it comes (null: it has gone), and of every turn that failed. */
  readonly onTrouble: (trouble: KeeperFault | Error | null) => void
  /** Told of every agent that was shown another log than this one. */
  readonly onConflict?: (conflict: SeenConflict) => void
  /** Told when a witness begins to answer otherwise. */
  readonly onWitness?: WitnessDeskOptions['onChange']
}

export interface LedgerState {
  readonly logId: string
  readonly origin: string
  /** Verifier key of the log (C2SP signed-note). */
  readonly vkey: string
  readonly size: number
  readonly checkpoint: StoredCheckpoint | null
  readonly unsequenced: number
  readonly fault: KeeperFault | null
}

/** The ledger of a running collector. */
export interface Ledger {
  readonly journal: Journal
  readonly book: LedgerBook
  readonly keeper: LedgerKeeper
  /** Holds what agents say they saw against the log. */
  readonly seen: SeenCheck
  readonly witnesses: () => readonly WitnessState[]
  /** The policy of witnesses that bundles carry; null: none. */
  readonly policy: string | null
  /** Origin and verifier key, as they were when the ledger was opened. */
  readonly log: { readonly origin: string; readonly vkey: string }
  readonly state: () => Promise<LedgerState>
  /** What an agent was shown of the log, as its record says. */
  readonly hear: SeenCheck['accept']
  /** One turn of the keeper and the watch; the loop does nothing else. */
  readonly turn: () => Promise<void>
  readonly start: () => void
  readonly stop: () => Promise<void>
}

const CHECKPOINT_EVERY_MS = 30_000
const TURN_EVERY_MS = 500

/**
 * Opens the ledger: finds or begins its log, and gives the journal to write into it.
 * @throws Fault when the log in the database is another collector's, or was moved to one
 */
export async function openLedger(options: LedgerOptions, parts: LedgerParts): Promise<Ledger> {
  const { store, nowMs, waiting, onConflict = () => {} } = parts
  const book = store.ledger
  if (await book.isMoved()) throw movedAway()
  const { origin } = await findOrBeginLog(options, book, nowMs())
  const log = { origin, vkey: formatVkey(vkeyOf(nodeCrypto, options.signer(origin))) }
  const journal = new SignedJournal(book, options.signer('journal'), nowMs)
  const seen = new SeenCheck({ book, nowMs, onConflict })
  const desk = witnessDesk(options.witness, book, parts)
  const keeper = newKeeper(options, book, nowMs, { seen, desk })
  const profiles = () => store.profiles()
  const sinceMs = nowMs()
  const watch = new LedgerWatch({ book, profiles, journal, nowMs, sinceMs, waiting })
  const turn = async () => {
    await seen.turn()
    await keeper.turn()
    if (keeper.leads && (await watch.look(() => keeper.takeLate()))) await keeper.turn()
  }
  const loop = new Loop(turn, options.turnEveryMs ?? TURN_EVERY_MS, keeper, parts.onTrouble)
  const stop = async () => {
    await loop.stop()
    if (keeper.leads) await watch.enterLate(keeper.takeLate())
    await keeper.stop()
    await desk.stop()
  }
  const state = () => stateOf(options.signer, book, keeper)
  const hear = seen.accept.bind(seen)
  const witnessed = { witnesses: () => desk.states, policy: options.witness?.policy ?? null }
  const parted = { journal, book, keeper, seen, log, state, ...witnessed, hear }
  return { ...parted, turn, start: () => loop.start(), stop }
}

function newKeeper(
  options: LedgerOptions,
  book: LedgerBook,
  nowMs: () => number,
  { seen, desk }: { readonly seen: SeenCheck; readonly desk: WitnessDesk },
): LedgerKeeper {
  const { restored } = options
  return new LedgerKeeper({
    checkpointEveryMs: CHECKPOINT_EVERY_MS,
    ...options,
    onCheckpoint: (checkpoint) => {
      desk.offer(checkpoint)
      options.onCheckpoint?.(checkpoint)
    },
    ...(restored === undefined ? {} : { probation: new Probation(restored, seen, nowMs) }),
    ...{ book, nowMs },
  })
}

function witnessDesk(
  { witnesses, post }: Omit<Witnessing, 'policy'> = { witnesses: [], post: () => Promise.reject() },
  book: LedgerBook,
  { nowMs, onWitness = () => {} }: LedgerParts,
): WitnessDesk {
  return new WitnessDesk({ witnesses, post, book, nowMs, onChange: onWitness })
}

/** What is said to whoever would go on with a log that goes on elsewhere. */
export function movedAway(): Fault {
  const found = 'one that was exported, to go on in another database'
  const repair =
    'start the collector over there; if the move is given up: voip-ready collector export --give-up'
  return new Fault('STORE', 'ledger', 'a collector that was not moved away', found, repair)
}

async function findOrBeginLog(
  { signer, name, defaultName }: LedgerOptions,
  book: LedgerBook,
  nowMs: number,
): Promise<LogHead> {
  const hex = Buffer.from(signer('log').publicKey).toString('hex')
  if ((await book.newestLog()) === null) {
    const origin = logKeyName(name ?? defaultName, 0)
    await book.openLog({ number: 0, origin, signer: hex, openedMs: nowMs })
  }
  const log = await book.newestLog()
  if (log === null) throw new Error('ledger: a log was opened and is not there')
  if (log.signer !== hex) {
    throw new Fault('STORE', `log ${log.origin}`, 'the key that signs it', 'another key', OTHER_KEY)
  }
  if (name !== null && log.origin !== logKeyName(name, log.number)) {
    const repair = 'leave --name as it was: the name of a log is for good'
    throw new Fault('USAGE', '--name', `the name in ${log.origin}`, name, repair)
  }
  return log
}

async function stateOf(
  signer: LedgerOptions['signer'],
  book: LedgerBook,
  { fault }: LedgerKeeper,
): Promise<LedgerState> {
  const head: LogHead | null = await book.newestLog()
  if (head === null) throw new Error('ledger: no log')
  const { logId, origin, range } = head
  const vkey = formatVkey(vkeyOf(nodeCrypto, signer(origin)))
  const checkpoint = await book.newestCheckpoint(logId)
  const { count: unsequenced } = await book.unsequenced()
  return { logId, origin, vkey, size: range.size, checkpoint, unsequenced, fault }
}
