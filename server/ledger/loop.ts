import type { KeeperFault, LedgerKeeper } from './keeper.ts'

/** Hears of a fault when it comes (null: it has gone), and of every turn that failed. */
type Tell = (trouble: KeeperFault | Error | null) => void

/** Turn after turn, with a pause between; a turn that fails is told and followed by the next. */
export class Loop {
  readonly #turn: () => Promise<void>
  readonly #everyMs: number
  readonly #keeper: Pick<LedgerKeeper, 'fault'>
  readonly #tell: Tell
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> = Promise.resolve()
  #told: string | null = null

  constructor(
    turn: () => Promise<void>,
    everyMs: number,
    keeper: Pick<LedgerKeeper, 'fault'>,
    tell: Tell,
  ) {
    this.#turn = turn
    this.#everyMs = everyMs
    this.#keeper = keeper
    this.#tell = tell
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#one().then(() => {
        if (this.#timer !== null) this.start()
      })
    }, this.#everyMs)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    await this.#running
  }

  /** What lasts is told once, when it comes and when it goes. */
  async #one(): Promise<void> {
    const trouble = await this.#turn().then(
      () => this.#keeper.fault,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    )
    const told =
      trouble === null ? null : trouble instanceof Error ? trouble.message : trouble.found
    if (told !== this.#told) this.#tell(trouble)
    this.#told = told
  }
}
