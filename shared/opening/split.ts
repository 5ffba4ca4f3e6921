const NEWLINE = 0x0a
/** Octets of a line at most, many times the longest that a bundle has (raw rows of a window). */
const MOST_LINE = 64 * 2 ** 20

/** A line is longer than any of a bundle: it would fill the memory, and no text can hold it. */
export class LineTooLong extends Error {}

/** Cuts octets that come in pieces into lines, without their newlines. */
export class LineSplitter {
  #rest: Buffer[] = []
  #octets = 0

  /**
   * The lines that end in this piece; they share its memory, but for the first.
   * @throws LineTooLong
   */
  push(piece: Buffer): Uint8Array[] {
    const lines: Uint8Array[] = []
    let at = 0
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, at)) {
      lines.push(this.#whole(piece.subarray(at, end)))
      at = end + 1
    }
    // A copy: the piece need not be held for its end.
    if (at < piece.length) this.#hold(piece.subarray(at))
    return lines
  }

  /** What stands after the last newline. */
  end(): Uint8Array[] {
    return this.#rest.length === 0 ? [] : [this.#whole(Buffer.alloc(0))]
  }

  #hold(part: Buffer): void {
    this.#octets += part.length
    if (this.#octets > MOST_LINE) throw new LineTooLong(`a line of more than ${MOST_LINE} octets`)
    this.#rest.push(Buffer.from(part))
  }

  #whole(end: Buffer): Buffer {
    this.#octets = 0
    return this.#rest.length === 0 ? end : Buffer.concat([...this.#rest.splice(0), end])
  }
}
