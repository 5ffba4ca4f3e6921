import type { Libc } from './libc.ts'

/**
 * Memory the kernel reads and writes by address. The bytes lie outside the moving heap and stay
 * where they are while the Arena is referenced, so whoever gives an address to the kernel must keep
 * the Arena for as long as the kernel may use it.
 */
export interface Arena {
  readonly address: number
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  readonly view: DataView
}

const LEAST_BYTES = 64

/** A zeroed arena of at least `bytes` bytes, aligned to 16. */
export function allocate(libc: Pick<Libc, 'addressOf'>, bytes: number): Arena {
  const memory = new ArrayBuffer(Math.max(LEAST_BYTES, Math.ceil(bytes / 16) * 16))
  return {
    address: libc.addressOf(memory),
    bytes: new Uint8Array(memory),
    words: new Uint32Array(memory),
    view: new DataView(memory),
  }
}

/** Writes a 64-bit address as two words at word index `at`. */
export function writePointer(words: Uint32Array, at: number, address: number): void {
  words[at] = address >>> 0
  words[at + 1] = Math.floor(address / 0x1_0000_0000)
}
