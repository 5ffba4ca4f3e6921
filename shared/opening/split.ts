/** Cuts octets that come in pieces into lines, without their newlines. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0)

  /** The lines that end in this piece; they share its memory. */
  push(piece: Buffer): Uint8Array[] {
    const octets = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    const lines: Uint8Array[] = []
    let at = 0
    for (let end = octets.indexOf(0x0a); end !== -1; end = octets.indexOf(0x0a, at)) {
      lines.push(octets.subarray(at, end))
      at = end + 1
    }
    this.#rest = octets.subarray(at)
    return lines
  }

  /** What stands after the last newline. */
  end(): Uint8Array[] {
    return this.#rest.length === 0 ? [] : [this.#rest]
  }
}
