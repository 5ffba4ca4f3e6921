import {
  IOV_LEN,
  IOVEC_BYTES,
  IOVEC_WORDS,
  MMSGHDR_BYTES,
  MMSGHDR_WORDS,
  MSG_CONTROL,
  MSG_CONTROLLEN,
  MSG_FLAGS,
  MSG_IOV,
  MSG_IOVLEN,
  MSG_NAME,
  MSG_NAMELEN,
  SOCKADDR_BYTES,
} from './layouts.ts'
import type { Libc } from './libc.ts'
import { type Arena, allocate, writePointer } from './memory.ts'

/**
 * `count` message headers for recvmmsg or sendmmsg, wired once to their names, data slots and
 * control areas. Slot i of the data starts at `i * slotBytes`.
 */
export interface MessageVector {
  readonly count: number
  readonly headers: Arena
  readonly iovecs: Arena
  readonly names: Arena
  readonly data: Arena
  readonly control: Arena
  readonly slotBytes: number
  readonly controlBytes: number
}

/** `controlBytes` 0 leaves the control pointer empty; `slotBytes` 0 leaves messages without data. */
export function makeVector(
  libc: Libc,
  count: number,
  slotBytes: number,
  controlBytes: number,
): MessageVector {
  const vector: MessageVector = {
    count,
    headers: allocate(libc, count * MMSGHDR_BYTES),
    iovecs: allocate(libc, count * IOVEC_BYTES),
    names: allocate(libc, count * SOCKADDR_BYTES),
    data: allocate(libc, count * slotBytes),
    control: allocate(libc, count * controlBytes),
    slotBytes,
    controlBytes,
  }
  for (let i = 0; i < count; i++) wire(vector, i)
  return vector
}

function wire(vector: MessageVector, i: number): void {
  const { headers, iovecs, names, data, control, slotBytes, controlBytes } = vector
  const header = i * MMSGHDR_WORDS
  writePointer(headers.words, header + MSG_NAME, names.address + i * SOCKADDR_BYTES)
  if (slotBytes > 0) {
    writePointer(headers.words, header + MSG_IOV, iovecs.address + i * IOVEC_BYTES)
    headers.words[header + MSG_IOVLEN] = 1
    writePointer(iovecs.words, i * IOVEC_WORDS, data.address + i * slotBytes)
    iovecs.words[i * IOVEC_WORDS + IOV_LEN] = slotBytes
  }
  if (controlBytes > 0)
    writePointer(headers.words, header + MSG_CONTROL, control.address + i * controlBytes)
  armReceive(vector, i)
}

/** The kernel overwrites these three in every header it uses: set them before each receive. */
export function armReceive(vector: MessageVector, i: number): void {
  const header = i * MMSGHDR_WORDS
  const { words } = vector.headers
  words[header + MSG_NAMELEN] = SOCKADDR_BYTES
  words[header + MSG_CONTROLLEN] = vector.controlBytes
  words[header + MSG_FLAGS] = 0
}
