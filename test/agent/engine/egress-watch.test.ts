import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** Needs root (CAP_NET_RAW and network namespaces); skipped loudly without, except in CI. */
const able = process.platform === 'linux' && process.getuid?.() === 0
if (!able) console.warn('egress watch not tested: needs Linux and root')

const NEAR = `vr-eg-a${process.pid}`
const FAR = `vr-eg-b${process.pid}`
const PROBE = fileURLToPath(new URL('../../support/egress-probe.mjs', import.meta.url))

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`)
  return stdout
}

const ip = (line: string): string => run('ip', ...line.split(' '))
const probe = (address: string): unknown =>
  JSON.parse(run('ip', 'netns', 'exec', NEAR, process.execPath, PROBE, address))

describe.skipIf(!able && process.env.CI !== 'true')('watching own datagrams leave', () => {
  beforeAll(() => {
    ip(`netns add ${NEAR}`)
    ip(`netns add ${FAR}`)
    ip(`-n ${NEAR} link add veth0 type veth peer name veth0 netns ${FAR}`)
    ip(`-n ${NEAR} link set lo up`)
    for (const [name, last] of [
      [NEAR, 1],
      [FAR, 2],
    ] as const) {
      ip(`-n ${name} addr add 10.79.0.${last}/24 dev veth0`)
      ip(`-n ${name} addr add fd79::${last}/64 dev veth0 nodad`)
      ip(`-n ${name} link set veth0 up`)
    }
  })
  afterAll(() => {
    for (const name of [NEAR, FAR]) spawnSync('ip', ['netns', 'del', name])
  })

  test.each(['127.0.0.1', '::1', '10.79.0.2', 'fd79::2'])(
    'the mark is seen leaving for %s, once, and only after something left',
    (address) => {
      expect(probe(address)).toEqual({ before: null, tos: 184, again: null })
    },
  )

  test('a mark that this host itself rewrites is seen rewritten', () => {
    const rules = [
      'table inet t {',
      'chain c { type filter hook postrouting priority 0;',
      'ip dscp set cs0; ip6 dscp set cs0; }; }',
    ].join(' ')
    run('ip', 'netns', 'exec', NEAR, 'nft', rules)
    try {
      expect(probe('10.79.0.2')).toMatchObject({ tos: 0 })
      expect(probe('fd79::2')).toMatchObject({ tos: 0 })
    } finally {
      run('ip', 'netns', 'exec', NEAR, 'nft', 'delete table inet t')
    }
  })
})
