import { spawnSync } from 'node:child_process'

/** Two hosts, `a` and `b`, in namespaces of their own, joined by a veth pair. */
export interface Hosts {
  readonly addressA: string
  readonly addressB: string
  /** The command line that runs `argv` on a host. */
  on(host: 'a' | 'b', argv: readonly string[]): string[]
  /** Applies an nft ruleset on a host. */
  nft(host: 'a' | 'b', ruleset: string): void
  /** Packets counted by the named nft counters of a host. */
  counters(host: 'a' | 'b'): Map<string, number>
  destroy(): void
}

/** Makes the pair; needs root. Names carry the process id, so parallel runs do not collide. */
export function createHosts(): Hosts {
  const name = { a: `vrb${process.pid}a`, b: `vrb${process.pid}b` }
  const veth = { a: `vrb${process.pid % 100000}a`, b: `vrb${process.pid % 100000}b` }
  ip(['netns', 'add', name.a])
  ip(['netns', 'add', name.b])
  ip([
    'link',
    'add',
    veth.a,
    'netns',
    name.a,
    'type',
    'veth',
    'peer',
    'name',
    veth.b,
    'netns',
    name.b,
  ])
  for (const [host, address] of [
    ['a', '10.97.0.1/24'],
    ['b', '10.97.0.2/24'],
  ] as const) {
    ip(['-n', name[host], 'addr', 'add', address, 'dev', veth[host]])
    ip(['-n', name[host], 'link', 'set', veth[host], 'up'])
    ip(['-n', name[host], 'link', 'set', 'lo', 'up'])
  }
  return {
    addressA: '10.97.0.1',
    addressB: '10.97.0.2',
    on: (host, argv) => ['ip', 'netns', 'exec', name[host], ...argv],
    nft: (host, ruleset) =>
      run(['ip', 'netns', 'exec', name[host], 'nft', '-f', '-'], ruleset) && undefined,
    counters: (host) => readCounters(name[host]),
    destroy: () => {
      for (const host of Object.values(name)) spawnSync('ip', ['netns', 'del', host])
    },
  }
}

function readCounters(namespace: string): Map<string, number> {
  const out = run(['ip', 'netns', 'exec', namespace, 'nft', '-j', 'list', 'counters'])
  const parsed = JSON.parse(out) as {
    nftables: { counter?: { name: string; packets: number } }[]
  }
  return new Map(
    parsed.nftables.flatMap(({ counter }) =>
      counter === undefined ? [] : [[counter.name, counter.packets] as const],
    ),
  )
}

function ip(args: readonly string[]): void {
  run(['ip', ...args])
}

function run(argv: readonly string[], input = ''): string {
  const [command = '', ...args] = argv
  const done = spawnSync(command, args, { input, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${argv.join(' ')}: ${done.stderr}`)
  return done.stdout
}
