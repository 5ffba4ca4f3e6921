/**
 * Which tag left under which kernel id. The kernel numbers the datagrams of a socket from 0
 * (SOF_TIMESTAMPING_OPT_ID) and names the number with the transmit stamp.
 *
 * A send that fails may or may not have used up a number (kernels differ), so after a failure the
 * first stamp of a later datagram tells by how much the kernel's count ran ahead of ours.
 */
export class DepartureRing {
  readonly #mask: number
  readonly #tags: Uint32Array
  readonly #sentNs: Float64Array
  readonly #waiting: Uint8Array
  /** Our own numbers, modulo 2^32: tail is the oldest that still waits, head the next to be sent. */
  #tail = 0
  #head = 0
  #ahead = 0
  #doubtful = 0
  #doubtfulFrom = 0

  /** `size` must be a power of two: how many departures may wait for their stamp. */
  constructor(size: number) {
    this.#mask = size - 1
    this.#tags = new Uint32Array(size)
    this.#sentNs = new Float64Array(size)
    this.#waiting = new Uint8Array(size)
  }

  get outstanding(): number {
    return (this.#head - this.#tail) >>> 0
  }

  get full(): boolean {
    return this.outstanding > this.#mask
  }

  /** One datagram was taken by the kernel at `sentNs`; there must be room. */
  sent(tag: number, sentNs: number): void {
    const at = this.#head & this.#mask
    this.#tags[at] = tag
    this.#sentNs[at] = sentNs
    this.#waiting[at] = 1
    this.#head = (this.#head + 1) >>> 0
  }

  /** A send failed: the kernel may have numbered a datagram that never left. */
  failed(): void {
    if (this.#doubtful === 0) this.#doubtfulFrom = this.#head
    this.#doubtful++
  }

  /** The tag that kernel id `id` stands for, taken out of the ring; -1 when it is not awaited. */
  take(id: number): number {
    let own = (id - this.#ahead) >>> 0
    if (this.#doubtful > 0) {
      const beyond = (own - this.#doubtfulFrom) | 0
      if (beyond >= 0) {
        const slip = Math.min(beyond, this.#doubtful)
        this.#ahead += slip
        this.#doubtful = 0
        own = (own - slip) >>> 0
      }
    }
    if ((own - this.#tail) >>> 0 >= this.outstanding) return -1
    const at = own & this.#mask
    if (this.#waiting[at] === 0) return -1
    this.#waiting[at] = 0
    const tag = this.#tags[at] ?? -1
    this.#skipTaken()
    return tag
  }

  /** When the oldest that waits was sent; NaN when none waits. */
  oldestNs(): number {
    return this.outstanding === 0 ? Number.NaN : (this.#sentNs[this.#tail & this.#mask] ?? 0)
  }

  /** Gives up on the oldest that waits and returns its tag; call only while one is outstanding. */
  giveUp(): number {
    const at = this.#tail & this.#mask
    this.#waiting[at] = 0
    const tag = this.#tags[at] ?? -1
    this.#skipTaken()
    return tag
  }

  #skipTaken(): void {
    while (this.outstanding > 0 && this.#waiting[this.#tail & this.#mask] === 0)
      this.#tail = (this.#tail + 1) >>> 0
  }
}
