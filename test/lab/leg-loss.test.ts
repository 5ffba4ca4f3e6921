import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeKey } from '../agent/stream/lab.ts'

/**
 * Two network namespaces and a wire between them. nft drops RTP on one leg or the other and counts
 * what it dropped; agent and reflector together must name exactly that many on exactly that leg.
 */
const can = process.getuid?.() === 0 && process.platform === 'linux'
if (!can) console.warn('SKIPPED leg-loss: needs root on Linux for network namespaces')

const agentSide = `vra${process.pid}`
const farSide = `vrf${process.pid}`
const [agentAddress, farAddress] = ['10.83.0.1', '10.83.0.2']
const made = makeKey()
const CALLS = 20
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const run = (...command: readonly string[]): string =>
  execFileSync(command[0] ?? '', command.slice(1), { encoding: 'utf8' })
const inside = (space: string, ...command: readonly string[]): string =>
  run('ip', 'netns', 'exec', space, ...command)

let reflector: ChildProcess

describe.runIf(can || process.env.CI === 'true')('loss is named on the leg where it was', () => {
  beforeAll(async () => {
    for (const space of [agentSide, farSide]) run('ip', 'netns', 'add', space)
    const [a, b] = [`va${process.pid}`, `vb${process.pid}`]
    run('ip', 'link', 'add', a, 'netns', agentSide, 'type', 'veth', 'peer', b, 'netns', farSide)
    for (const [space, device, address] of [
      [agentSide, a, agentAddress],
      [farSide, b, farAddress],
    ] as const) {
      run('ip', '-n', space, 'addr', 'add', `${address}/24`, 'dev', device)
      run('ip', '-n', space, 'link', 'set', device, 'up')
    }
    const node = [
      process.execPath,
      script('./run-reflector.mjs'),
      farAddress,
      '4000',
      made.keysFile,
    ]
    reflector = spawn('ip', ['netns', 'exec', farSide, ...node], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    if (reflector.stdout !== null) await once(reflector.stdout, 'data')
  })
  afterEach(() => {
    for (const space of [agentSide, farSide]) inside(space, 'nft', 'flush', 'ruleset')
  })
  afterAll(async () => {
    reflector?.stdin?.end()
    if (reflector?.exitCode === null) await once(reflector, 'exit')
    for (const space of [agentSide, farSide]) run('ip', 'netns', 'del', space)
    made.remove()
  })

  /** Drops RTP as it arrives on a side; `which` chooses packets. The first two bits of UDP payload are RTP's version. */
  function drop(space: string, which: string): void {
    const rule = `udp length >= 20 @th,64,2 2 ${which} counter drop`
    const chain = `chain c { type filter hook input priority 0; ${rule}\n}`
    inside(space, 'nft', `table ip lab { ${chain}\n}`)
  }

  const dropped = (space: string): number =>
    Number(/counter packets (\d+)/.exec(inside(space, 'nft', 'list', 'ruleset'))?.[1] ?? 0)

  async function stream(durationMs: number) {
    const target = { farEnd: 'primary', address: farAddress, port: 4000, key: made.key }
    const plan = {
      targets: [{ ...target, codec: 'g711', calls: CALLS, dscp: 46 }],
      engine: 'linux',
      windows: 'run',
      durationMs,
      drainMs: 400,
    }
    const node = [process.execPath, script('./run-streams.mjs'), JSON.stringify(plan)]
    const child = spawn('ip', ['netns', 'exec', agentSide, ...node], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    // Not its exit: what it wrote may not have been read by then.
    await once(child, 'close')
    const sums = JSON.parse(text)
    return {
      ...sums,
      lostOut: sums.sent - sums.received,
      lostBack: sums.replied - sums.answered - sums.dupOut - sums.dupBack,
    }
  }

  test.each([
    [1, 1, 0],
    [2, 0, 1],
    [3, 2, 3],
    [4, 10, 1],
    [5, 5, 20],
  ])('random, round %i: %i in a hundred out, %i back', async (_round, out, back) => {
    drop(farSide, `numgen random mod 100 < ${out}`)
    drop(agentSide, `numgen random mod 100 < ${back}`)
    const sums = await stream(5000)
    expect([sums.lostOut, sums.lostBack]).toEqual([dropped(farSide), dropped(agentSide)])
    expect(sums).toMatchObject({ disagreements: 0, dupOut: 0, dupBack: 0, duplicates: 0, gaps: [] })
  })

  test.each([
    ['out', farSide],
    ['back', agentSide],
  ] as const)('a burst of 100 packets of every call %s', async (leg, space) => {
    drop(space, 'numgen inc mod 1000000 1000-2999')
    const sums = await stream(5000)
    expect(dropped(space)).toBe(2000)
    const wanted = leg === 'out' ? [2000, 0] : [0, 2000]
    expect([sums.lostOut, sums.lostBack]).toEqual(wanted)
  })

  test.each([
    ['out', farSide],
    ['back', agentSide],
  ] as const)('the whole last second %s', async (leg, space) => {
    drop(space, 'numgen inc mod 1000000 2000-999999')
    const sums = await stream(3000)
    const tail = dropped(space)
    // All but the first two thousand that came there, however many a busy host did not send in time.
    expect(tail).toBe((leg === 'out' ? sums.sent : sums.replied) - 2000)
    expect(tail).toBeGreaterThan(500)
    expect([sums.lostOut, sums.lostBack]).toEqual(leg === 'out' ? [tail, 0] : [0, tail])
  })

  test('packets doubled on the way out are doubled out, and no loss anywhere', async () => {
    const rule = `udp dport 4000 @th,64,2 2 numgen inc mod 50 0 counter dup to ${farAddress}`
    const chain = `chain c { type filter hook output priority 0; ${rule}\n}`
    inside(agentSide, 'nft', `table ip lab { ${chain}\n}`)
    const sums = await stream(2000)
    const doubled = dropped(agentSide)
    expect(doubled).toBeGreaterThan(30)
    expect(sums).toMatchObject({ duplicates: doubled, dupOut: doubled, dupBack: 0 })
    expect([sums.lostOut, sums.lostBack]).toEqual([0, 0])
  })
})
