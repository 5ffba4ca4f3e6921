import { createRequire } from 'node:module'
import { Fault } from '../../../shared/errors.ts'

/**
 * The kernel calls the engine makes, through koffi on the C library. Addresses are plain numbers
 * (user space lies below 2^47, so a double holds them exactly): no BigInt, nothing allocated per
 * call. Every function returns what the C function returns; errno() is valid right after it.
 */
export interface Libc {
  socket(family: number, type: number, protocol: number): number
  bind(fd: number, address: number, length: number): number
  getsockname(fd: number, address: number, length: number): number
  setsockopt(fd: number, level: number, name: number, value: number, length: number): number
  getsockopt(fd: number, level: number, name: number, value: number, length: number): number
  close(fd: number): number
  dup(fd: number): number
  recv(fd: number, buffer: number, length: number, flags: number): number
  recvmmsg(fd: number, vector: number, count: number, flags: number, timeout: number): number
  sendmmsg(fd: number, vector: number, count: number, flags: number): number
  ppoll(fds: number, count: number, timeout: number, mask: number): number
  clockGettime(clock: number, timespec: number): number
  prctl(option: number, a: number, b: number, c: number, d: number): number
  schedSetscheduler(pid: number, policy: number, parameters: number): number
  schedGetscheduler(pid: number): number
  setpriority(which: number, who: number, priority: number): number
  getpriority(which: number, who: number): number
  adjtimex(timex: number): number
  inetPton(family: number, text: string, to: number): number
  inetNtop(family: number, from: number, text: number, length: number): number
  ifNametoindex(name: string): number
  ifIndextoname(index: number, name: number): number
  errno(): number
  addressOf(memory: ArrayBuffer): number
}

let loaded: Libc | undefined

/** Loads koffi and the C library once per thread; throws a Fault where either cannot be had. */
export function loadLibc(): Libc {
  loaded ??= declare()
  return loaded
}

type Koffi = typeof import('koffi')

function declare(): Libc {
  if (process.platform !== 'linux') {
    throw new Fault('ENGINE', 'linux engine', 'Linux', process.platform)
  }
  try {
    // Only here, so that the rest of the program runs where koffi has no build.
    const koffi: Koffi = createRequire(import.meta.url)('koffi')
    return bindFunctions(koffi)
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    throw new Fault(
      'ENGINE',
      'linux engine',
      'the koffi package for this platform and a C library',
      found,
      'install without --omit=optional, or use the dgram engine',
    )
  }
}

function bindFunctions(koffi: Koffi): Libc {
  const lib = openLibrary(koffi)
  const p = 'uintptr_t'
  return {
    socket: lib.func('int socket(int, int, int)'),
    bind: lib.func(`int bind(int, ${p}, uint32_t)`),
    getsockname: lib.func(`int getsockname(int, ${p}, ${p})`),
    setsockopt: lib.func(`int setsockopt(int, int, int, ${p}, uint32_t)`),
    getsockopt: lib.func(`int getsockopt(int, int, int, ${p}, ${p})`),
    close: lib.func('int close(int)'),
    dup: lib.func('int dup(int)'),
    recv: lib.func(`intptr_t recv(int, ${p}, size_t, int)`),
    recvmmsg: lib.func(`int recvmmsg(int, ${p}, uint32_t, int, ${p})`),
    sendmmsg: lib.func(`int sendmmsg(int, ${p}, uint32_t, int)`),
    ppoll: lib.func(`int ppoll(${p}, uint64_t, ${p}, ${p})`),
    clockGettime: lib.func(`int clock_gettime(int, ${p})`),
    prctl: lib.func('int prctl(int, uint64_t, uint64_t, uint64_t, uint64_t)'),
    schedSetscheduler: lib.func(`int sched_setscheduler(int, int, ${p})`),
    schedGetscheduler: lib.func('int sched_getscheduler(int)'),
    setpriority: lib.func('int setpriority(int, uint32_t, int)'),
    getpriority: lib.func('int getpriority(int, uint32_t)'),
    adjtimex: lib.func(`int adjtimex(${p})`),
    inetPton: lib.func(`int inet_pton(int, str, ${p})`),
    inetNtop: lib.func(`${p} inet_ntop(int, ${p}, ${p}, uint32_t)`),
    ifNametoindex: lib.func('uint32_t if_nametoindex(str)'),
    ifIndextoname: lib.func(`${p} if_indextoname(uint32_t, ${p})`),
    errno: koffi.errno,
    addressOf: (memory) => Number(koffi.address(memory)),
  }
}

function openLibrary(koffi: Koffi): ReturnType<Koffi['load']> {
  try {
    return koffi.load('libc.so.6')
  } catch {
    // musl has its C library inside the program's own image.
    return koffi.load(null)
  }
}
