import { AF_INET, SOCK_CLOEXEC, SOCK_RAW } from './layouts.ts'
import type { Libc } from './libc.ts'

const IPPROTO_ICMP = 1

/** 0 where a raw ICMP socket can be opened here, else the errno that says why not. */
export function probeRawIcmp(libc: Libc): number {
  const fd = libc.socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)
  if (fd < 0) return libc.errno()
  libc.close(fd)
  return 0
}
