const NEWLINE = 0x0a

/** Cuts octets that come in pieces into lines, without their newlines. */
export class LineSplitter {
  #rest: Buffer[] = []

  /** The lines that end in this piece; they share its memory, but for the first. */
  push(piece: Buffer): Uint8Array[] {
    const lines: Uint8Array[] = []
    let at = 0
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, at)) {
      lines.push(this.#whole(piece.subarray(at, end)))
      at = end + 1
    }
    // A copy: the piece need not be held for its end.
    if (at < piece.length) this.#rest.push(Buffer.from(piece.subarray(at)))
    return lines
  }

  /** What stands after the last newline. */
  end(): Uint8Array[] {
    return this.#rest.length === 0 ? [] : [this.#whole(Buffer.alloc(0))]
  }

  #whole(end: Buffer): Buffer {
    return this.#rest.length === 0 ? end : Buffer.concat([...this.#rest.splice(0), end])
  }
}
