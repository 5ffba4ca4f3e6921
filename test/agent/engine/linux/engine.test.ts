import { afterEach, describe, expect, test } from 'vitest'
import type { InstrumentReport, Port } from '../../../../agent/engine/types.ts'
import { EngineDriver } from '../../../support/engine.ts'

const LINUX = process.platform === 'linux'
if (!LINUX) console.warn('not Linux: the linux engine is not tested here')

const OPTIONS = { address: '127.0.0.1', port: 0, tos: 184, maxDatagram: 256, batch: 16 }

describe.skipIf(!LINUX)('what only the linux engine does', () => {
  let engine: EngineDriver
  afterEach(() => engine.stop())
  const open = (name: string): Promise<Port['local']> =>
    engine.ask('open', { name, options: OPTIONS })

  test('drops at the socket are counted exactly, and every departure is told once', async () => {
    engine = new EngineDriver('linux')
    const [, b] = await Promise.all([open('a'), open('b')])
    const count = 30_000
    // One command sends all of it, so nothing is read meanwhile and the receive buffer runs over.
    await engine.ask('send', {
      name: 'a',
      address: '127.0.0.1',
      port: b.port,
      count,
      length: 200,
      tag: 0,
    })
    const departures = await engine.until('departure', count)
    const report = await engine.ask<InstrumentReport>('report')
    const arrived = engine.of('arrival').length
    expect(arrived).toBeGreaterThan(0)
    expect(arrived).toBeLessThan(count)
    expect(report.receiveOverflows).toBe(count - arrived)
    expect(new Set(departures.map((one) => one.tag)).size).toBe(count)
    // Stamps share the socket's buffer: what ran over there is said too.
    expect(report.stampsMissing).toBeGreaterThan(0)
    // From now on every datagram brings the drop counter too: the rest must still fit beside it.
    const to = { name: 'a', address: '127.0.0.1', port: b.port, length: 200, tag: 0 }
    for (let i = 0; i < 3; i++) await engine.ask('send', { ...to, count: 16 })
    const later = (await engine.until('arrival', arrived + 48)).slice(arrived)
    for (const { tos, ttl } of later) expect([tos, ttl]).toEqual([184, 64])
    const next = await engine.ask<InstrumentReport>('report')
    expect(next).toMatchObject({ receiveOverflows: 0, stampsMissing: 0 })
  })

  test('on every address of the host, answers leave from the one that was asked', async () => {
    engine = new EngineDriver('linux')
    await open('a')
    const every = { name: 'every', options: { ...OPTIONS, address: '0.0.0.0' } }
    const { port } = await engine.ask<Port['local']>('open', every)
    await engine.ask('echo', { name: 'every' })
    const to = ['127.0.0.2', '127.0.0.3', '127.0.0.2']
    for (const [i, address] of to.entries()) {
      await engine.ask('send', { name: 'a', address, port, count: 1, length: 172, tag: i })
    }
    const answers = await engine.until('arrival', 3, 'a')
    expect(answers.map(({ from }) => from)).toEqual(to.map((address) => ({ address, port })))
    const { length } = await engine.until('departure', 3, 'every')
    expect(length).toBe(3)
  })

  test('a flag in shared memory ends the loop without a command', async () => {
    const stopFlag = new Int32Array(new SharedArrayBuffer(4))
    engine = new EngineDriver('linux', { stopFlag })
    await engine.until('ready', 1)
    Atomics.store(stopFlag, 0, 1)
    await engine.until('ended', 1)
    expect(await engine.exited).toBe(0)
  })

  test('scheduling is left alone on request', async () => {
    engine = new EngineDriver('linux', { scheduling: 'normal' })
    const [ready] = await engine.until('ready', 1)
    expect(ready?.capabilities.scheduling).toBe('normal')
  })
})
