import { readFileSync } from 'node:fs'

/**
 * UDP datagrams that this host dropped at its sockets since it started: RcvbufErrors and
 * SndbufErrors of both address families. -1 where /proc does not tell.
 */
function readHostDrops(): number {
  try {
    const four = sumOf(readFileSync('/proc/net/snmp', 'latin1'))
    return four < 0 ? -1 : four + Math.max(0, sixDrops())
  } catch {
    return -1
  }
}

/** Two lines per protocol: names, then values, in the same order. */
function sumOf(snmp: string): number {
  const [names, values] = snmp.split('\n').filter((line) => line.startsWith('Udp:'))
  if (names === undefined || values === undefined) return -1
  const columns = names.split(' ')
  const fields = values.split(' ')
  return ['RcvbufErrors', 'SndbufErrors']
    .map((name) => Number(fields[columns.indexOf(name)] ?? 0))
    .reduce((sum, value) => sum + value, 0)
}

/** One line per counter: name and value. */
function sixDrops(): number {
  try {
    return [
      ...readFileSync('/proc/net/snmp6', 'latin1').matchAll(/^Udp6(?:Rcv|Snd)bufErrors\s+(\d+)/gm),
    ]
      .map((match) => Number(match[1]))
      .reduce((sum, value) => sum + value, 0)
  } catch {
    return 0
  }
}

/** Host-wide UDP drops since the last look. */
export class HostDrops {
  #last = readHostDrops()

  /** -1 where the host does not tell. */
  take(): number {
    const now = readHostDrops()
    const fresh = now < 0 || this.#last < 0 ? -1 : Math.max(0, now - this.#last)
    this.#last = now
    return fresh
  }
}
