import type { LineOf } from './bundle.ts'
import { partsBetween, TreeSweep } from './bundle-tree.ts'
import { openCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { HASH_OCTETS } from './merkle.ts'
import { parseNote } from './note.ts'
import { NumberRows } from './number-rows.ts'
import { fromBase64, sameOctets } from './octets.ts'
import type { Report, SeenCheckpointNote, TrustedKeys, VerifyTools } from './verify-items.ts'

/** Columns of a state of the tree: its size, which grows from row to row, and what stands for it. */
const SIZE = 0
const STATE = 1
const STATE_WIDTH = 2

/** Reads the log of a bundle from left to right and holds every checkpoint against its leaves. */
export class LogReader {
  readonly checkpoints: SeenCheckpointNote[] = []
  /** State of the tree by size, wherever a leaf or a stretch of hashes ends: agents say what they saw. */
  readonly #states = new NumberRows(STATE_WIDTH)
  #asked: { readonly state: number; readonly root: Uint8Array } | null = null
  readonly #tools: VerifyTools
  readonly #keys: TrustedKeys
  readonly #report: Report
  readonly #tree: TreeSweep
  #origin = ''

  constructor(tools: VerifyTools, keys: TrustedKeys, report: Report) {
    this.#tools = tools
    this.#keys = keys
    this.#report = report
    this.#tree = new TreeSweep(tools)
  }

  get size(): number {
    return this.#tree.size
  }

  /** The root of the first `size` leaves; undefined when it does not come out of this bundle. */
  rootAt(size: number): Uint8Array | undefined {
    const row = this.#rowOf(size)
    if (row === this.#states.length || this.#states.get(row, SIZE) !== size) return undefined
    const state = this.#states.get(row, STATE)
    // An agent sees the same one for many records.
    if (this.#asked?.state !== state) this.#asked = { state, root: this.#tree.rootOf(state) }
    return this.#asked.root
  }

  begin(origin: string): void {
    this.#origin = origin
  }

  hashes(line: LineOf<'hashes'>): void {
    const where = `leaves ${line.from}-${line.to}`
    const bytes = fromBase64(line.hashes)
    const parts = line.to > line.from ? partsBetween(line.from, line.to) : []
    const fits = bytes !== null && bytes.length === parts.length * HASH_OCTETS && parts.length > 0
    if (line.from !== this.#tree.size || !fits) {
      this.#report('invalid', 'log-hole', where, 'does not continue the log, or has wrong hashes')
      return
    }
    parts.forEach(({ level }, at) => {
      const from = at * HASH_OCTETS
      this.#tree.push(level, bytes.slice(from, from + HASH_OCTETS))
    })
    this.#keep()
  }

  /** @param hash of the leaf, as it was reckoned from its envelope */
  leaf(index: number, hash: Uint8Array): void {
    if (index !== this.#tree.size) {
      const what = `stands at leaf ${this.#tree.size}: the log has a hole, a repeat or another order`
      this.#report('invalid', 'log-order', `leaf ${index}`, what)
    }
    this.#tree.push(0, hash)
    this.#keep()
  }

  /** True when it is signed by a trusted log key and its root is that of all leaves here. */
  checkpoint(line: LineOf<'checkpoint'>): boolean {
    const where = `checkpoint ${line.size}`
    const { log, witness } = this.#keys
    const opened = openCheckpoint(this.#tools, line.note, [...log, ...witness])
    const found = opened.ok ? opened.value.checkpoint : this.#unsigned(line.note)
    if (!opened.ok) {
      const bad = log.length > 0 || opened.error !== 'no-known-signature'
      const what =
        log.length > 0
          ? `not signed by a trusted log key (${opened.error})`
          : `no log key was given to hold it against (${opened.error})`
      this.#report(bad ? 'invalid' : 'missing', 'checkpoint-signature', where, what)
    }
    if (found === null) return false
    if ((this.checkpoints.at(-1)?.size ?? -1) >= line.size) {
      this.#report('invalid', 'checkpoint-order', where, 'does not stand after a smaller one')
    }
    if (found.origin !== this.#origin || found.size !== line.size || line.size !== this.size) {
      this.#report('invalid', 'checkpoint-place', where, 'is of another log or another size')
      return false
    }
    const root = this.#tree.root()
    if (!sameOctets(root, found.root)) {
      const what =
        'its root is not that of the leaves here: something was changed, left out or moved'
      this.#report('invalid', 'checkpoint-root', where, what)
      return false
    }
    const cosigned = (opened.ok ? opened.value.verified : []).filter((one) => one.seconds !== null)
    const times = cosigned.flatMap(({ seconds }) => seconds ?? [])
    const cosigners = cosigned.map(({ vkey }) => vkey)
    const cosignedMs = times.length === 0 ? null : Math.min(...times) * 1000
    const { size, note } = line
    this.checkpoints.push({ size, root, note, trusted: opened.ok, cosignedMs, cosigners })
    return opened.ok
  }

  #unsigned(note: string) {
    const parsed = parseNote(note)
    const checkpoint = parsed.ok ? parseCheckpoint(parsed.value.text) : null
    if (checkpoint?.ok) return checkpoint.value
    this.#report('invalid', 'checkpoint-form', 'checkpoint', 'cannot be read')
    return null
  }

  #keep(): void {
    const { size, state } = this.#tree
    // What has no place in the tree leaves it as it was.
    const last = this.#states.length - 1
    if (last < 0 || this.#states.get(last, SIZE) < size) this.#states.add([size, state])
  }

  /** The first row of this size or more; as many as there are rows: none is. */
  #rowOf(size: number): number {
    let from = 0
    let to = this.#states.length
    while (from < to) {
      const middle = Math.floor((from + to) / 2)
      if (this.#states.get(middle, SIZE) < size) from = middle + 1
      else to = middle
    }
    return from
  }
}
