/** Cuts octets that come in pieces into lines, without their newlines. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0)

  /** The lines that end in this piece. */
  push(piece: Uint8Array): string[] {
    const octets = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    const text = this.#rest.length === 0 ? octets : Buffer.concat([this.#rest, octets])
    const lines: string[] = []
    let at = 0
    for (let end = text.indexOf(0x0a); end !== -1; end = text.indexOf(0x0a, at)) {
      lines.push(text.toString('utf8', at, end))
      at = end + 1
    }
    this.#rest = text.subarray(at)
    return lines
  }

  /** What stands after the last newline. */
  end(): string[] {
    return this.#rest.length === 0 ? [] : [this.#rest.toString('utf8')]
  }
}
