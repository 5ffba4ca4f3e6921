import { FAR_END_WAIT_MS, NS_PER_MS } from '../../shared/clock.ts'
import type { Receipt } from '../../shared/wire/receipt.ts'
import { isRemembered, receiptBytes, receiptRequestBody } from '../../shared/wire/receipt.ts'
import { STATEMENT_BYTES, statementRequestBody } from '../../shared/wire/statement.ts'
import type { HostClockState, InstrumentReport } from '../engine/types.ts'
import { EarlyReceipts } from './early-receipts.ts'
import { addReports, NO_FAULTS, worseClock } from './instrument.ts'
import { ReceiptQuest, reflectorStateOf } from './receipts.ts'
import { ReflectorTally } from './reflector-tally.ts'
import type { Replies } from './replies.ts'
import { ROW_BYTES, trimRows } from './rows-buffer.ts'
import type { SessionClient } from './session-client.ts'
import type { SessionNews } from './session-news.ts'
import { oneSided, StatementQuest, type WindowReceipts } from './statement-quest.ts'
import type { ClosedWindow } from './types.ts'
import type { WindowBody } from './window-body.ts'
import type { OpenWindow, Windows } from './windows.ts'

/** A silent far end's receipt is waited for so long, if memory allows. */
const HOLD_NS = FAR_END_WAIT_MS * NS_PER_MS
const HOLD_BYTES = 64 * 2 ** 20
/** When the run is over, or no session stands, nobody waits for long. */
const LAST_HOLD_NS = 5e9
const TICK_NS = 50e6

export interface CloserSetup {
  readonly windows: Windows
  readonly client: Pick<
    SessionClient,
    'answers' | 'phase' | 'signedSession' | 'reflectorBoot' | 'ask'
  >
  readonly replies: Pick<Replies, 'dwellOfSession'>
  /** No packet of a higher sequence number has left. */
  readonly sent: () => number
  readonly drainNs: number
  /** Whether receipts are to be signed. */
  readonly signed: boolean
  /** Wall minus monotonic, now. */
  readonly offsetNs: () => number
  /** Asks for the engine's newest report before a window closes. */
  readonly report: () => void
  /** The far end fell silent in this window and said nothing of it afterwards. */
  readonly onUnheard: (window: OpenWindow) => void
  readonly emit: (body: WindowBody) => void
}

/** Drains windows whose last packet has left, gets their receipts, and hands them over, oldest first. */
export class WindowCloser {
  readonly #setup: CloserSetup
  readonly #reports = new Map<OpenWindow, InstrumentReport>()
  readonly #clocks = new Map<OpenWindow, HostClockState>()
  readonly #reflector = new ReflectorTally()
  #quest: ReceiptQuest | undefined
  /** Null: what is signed at its end is not asked for before. */
  readonly #early: EarlyReceipts | null
  #statement: StatementQuest | undefined
  #nextTickNs = Number.NEGATIVE_INFINITY
  #epochFirst = 0
  #history = 0
  /** No more windows follow: be brief. */
  ending = false

  constructor(setup: CloserSetup) {
    this.#setup = setup
    this.#early = setup.signed ? null : new EarlyReceipts((window) => this.#newQuest(window))
  }

  /**
   * @param epochFirst first sequence of the new session
   * @param history sequence numbers that its reflector remembers
   */
  newSession(epochFirst: number, history: number): void {
    this.#epochFirst = epochFirst
    this.#history = history
    this.#early?.forget()
    this.#statement = undefined
    this.#reflector.newSession()
  }

  nextDue(): number {
    const oldest = this.#setup.windows.open[0]
    if (oldest === undefined) return Number.POSITIVE_INFINITY
    const closes = Math.max(oldest.lastDueNs + this.#setup.drainNs, this.#nextTickNs)
    return Math.min(closes, this.#early?.nextDue(oldest) ?? Number.POSITIVE_INFINITY)
  }

  /** The engine's own faults, and what its clock admits, belong to every window open meanwhile. */
  addReport(report: InstrumentReport, clock: HostClockState): void {
    for (const window of this.#setup.windows.open) {
      this.#reports.set(window, addReports(this.#reports.get(window) ?? NO_FAULTS, report))
      this.#clocks.set(window, worseClock(this.#clocks.get(window) ?? clock, clock))
    }
  }

  tick(nowNs: number): void {
    const { windows, client, drainNs } = this.#setup
    const oldest = windows.open[0]
    if (oldest === undefined) return
    const lastNs = oldest.lastDueNs + drainNs
    this.#early?.tick(oldest, nowNs, lastNs, client.answers)
    if (nowNs < lastNs) return
    this.#nextTickNs = nowNs + TICK_NS
    if (client.answers) this.#ask(oldest, nowNs)
    else {
      this.#quest = undefined
      this.#statement = undefined
      if (nowNs > lastNs + this.#holdNs(oldest)) this.#close(oldest)
    }
  }

  #ask(window: OpenWindow, nowNs: number): void {
    const session = this.#setup.signed ? this.#setup.client.signedSession : undefined
    // What is signed no longer changes, so the counts that follow are the same ones.
    if (session !== undefined) {
      this.#statement ??= this.#newStatement(window, session)
      this.#statement.tick(nowNs)
      if (this.#statement.outcome === undefined) return
    }
    this.#quest ??= this.#newQuest(window)
    if (!this.#quest.finished) this.#quest.tick(nowNs)
    if (this.#quest.finished) this.#close(window)
  }

  #rangesOf(window: OpenWindow): { readonly firstSequence: number; readonly count: number }[] {
    return Array.from(window.first, (first, call) => {
      const from = Math.max(first, this.#epochFirst)
      return { firstSequence: from, count: Math.max(0, window.end[call]! - from) }
    })
  }

  #newQuest(window: OpenWindow): ReceiptQuest {
    const ask = (stream: number, firstSequence: number, count: number) => {
      const value = { stream, firstSequence, count }
      this.#setup.client.ask('receipt-request', receiptRequestBody, value, receiptBytes(count))
    }
    return new ReceiptQuest(this.#rangesOf(window), ask, this.#early?.quest)
  }

  #newStatement(window: OpenWindow, session: string): StatementQuest {
    const ranges = this.#rangesOf(window)
      .map(({ firstSequence, count }, stream) => ({ stream, first: firstSequence, count }))
      .filter(({ count }) => count > 0)
    return new StatementQuest(session, ranges, (part, asked) => {
      const value = { part, ranges: asked }
      this.#setup.client.ask('statement-request', statementRequestBody, value, STATEMENT_BYTES)
    })
  }

  take(news: Extract<SessionNews, { type: 'receipt' | 'statement' }>): void {
    if (news.type === 'statement') this.#statement?.take(news.statement)
    else this.#takeReceipt(news.receipt)
  }

  #takeReceipt(receipt: Receipt): void {
    const known = isRemembered(receipt, { sent: this.#setup.sent(), history: this.#history })
    if (this.#quest?.take(receipt, known) !== true && this.#early?.take(receipt, known) !== true)
      return
    receipt.lastDwells.forEach((code, i) => {
      const reply = receipt.replySequenceNext - 1 - i
      if (reply >= 0) this.#setup.replies.dwellOfSession(receipt.stream, reply, code)
    })
  }

  #holdNs(window: OpenWindow): number {
    const bytes = window.rows.reduce((sum, rows) => sum + rows.count * ROW_BYTES, 0)
    // Without a session there is nobody who could have counted: what would be waited for?
    const { phase } = this.#setup.client
    const counted = phase === 'open' || phase === 'closing'
    const patient = counted && !this.ending && bytes * 4 <= HOLD_BYTES
    return patient ? HOLD_NS : LAST_HOLD_NS
  }

  #close(window: OpenWindow): void {
    this.#setup.report()
    const quest = this.#quest
    const newest = quest?.newest
    const { client, onUnheard } = this.#setup
    if (newest === undefined && client.phase === 'open' && !client.answers) onUnheard(window)
    const evidence = this.#evidence(quest)
    this.#quest = undefined
    this.#early?.forget()
    this.#statement = undefined
    const streams = window.rows.map((rows, call) => ({
      rows: trimRows(rows, window.end[call]! - window.first[call]!),
      receipt: quest?.of(call) ?? null,
    }))
    const monotonic = this.#monotonicOf(window)
    this.#setup.windows.remove(window)
    this.#setup.emit({
      ...{ window, evidence, monotonic },
      streams,
      reflectorBoot: client.reflectorBoot,
      reflector: newest ? reflectorStateOf(newest, this.#reflector.take(newest)) : null,
      instrument: this.#reports.get(window) ?? NO_FAULTS,
      agentClock: this.#clocks.get(window) ?? null,
    })
    this.#reports.delete(window)
    this.#clocks.delete(window)
  }

  #evidence(quest: ReceiptQuest | undefined): WindowReceipts {
    const { signed, client } = this.#setup
    const came = this.#statement?.outcome
    if (came !== undefined) return came
    if (client.phase !== 'open') return oneSided('no-session')
    if (quest?.forgotten === true) return oneSided('forgotten')
    const offered = signed && client.signedSession !== undefined
    return oneSided(!offered && quest?.newest !== undefined ? 'not-offered' : 'no-answer')
  }

  /** A step of the wall clock in the window shows as another length between the same borders. */
  #monotonicOf(window: OpenWindow): ClosedWindow['monotonic'] {
    const { windows, offsetNs } = this.#setup
    const next = windows.open[windows.open.indexOf(window) + 1]
    const atEnd = next?.fromNs === window.toNs ? next.anchorNs : offsetNs()
    const ms = (ns: number) => Math.max(0, Math.round(ns / 1e3) / 1e3)
    return { fromMs: ms(window.fromNs - window.anchorNs), toMs: ms(window.toNs - atEnd) }
  }
}
