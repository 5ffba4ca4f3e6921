import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { InstrumentReport, Port } from '../../../agent/engine/types.ts'
import { EngineDriver } from '../../support/engine.ts'

/** One suite for both engines and both address families, in real worker threads. */
const LINUX = process.platform === 'linux'
const CASES = [
  { kind: 'linux', address: '127.0.0.1', family: 4 },
  { kind: 'linux', address: '::1', family: 6 },
  { kind: 'dgram', address: '127.0.0.1', family: 4 },
  { kind: 'dgram', address: '::1', family: 6 },
] as const
const TOS = 184
const BATCH = 16
const MAX_DATAGRAM = 256

if (!LINUX) console.warn('not Linux: the linux engine is not tested here')

type Local = Port['local']

describe.each(CASES.filter((one) => LINUX || one.kind !== 'linux'))(
  '$kind engine over IPv$family',
  ({ kind, address, family }) => {
    let engine: EngineDriver
    let a: Local
    let b: Local
    const options = { address, port: 0, tos: TOS, maxDatagram: MAX_DATAGRAM, batch: BATCH }
    const open = (name: string, more: object = {}): Promise<Local> =>
      engine.ask('open', { name, options: { ...options, ...more } })
    const send = (
      more: object = {},
    ): Promise<{ before: number; after: number; sent: number; full: number }> =>
      engine.ask('send', {
        name: 'a',
        address,
        port: b.port,
        count: 1,
        length: 172,
        tag: 7,
        ...more,
      })
    const capabilities = async () => (await engine.until('ready', 1))[0]!.capabilities

    beforeEach(async () => {
      engine = new EngineDriver(kind)
      a = await open('a')
      b = await open('b')
    })
    afterEach(() => engine.stop())

    test('a port knows its address, its number and its family', () => {
      expect(a).toMatchObject({ address, family })
      expect(a.port).toBeGreaterThan(0)
      expect(a.port).not.toBe(b.port)
    })

    test('what the kernel chooses is beside the ports to avoid, as far as it has others', async () => {
      const first = Math.min(a.port, b.port, 46_000)
      const avoid = [[1, first]]
      for (let i = 0; i < 12; i++)
        expect((await open(`beside ${i}`, { avoid })).port).toBeGreaterThan(first)
      const files = () => (LINUX ? readdirSync('/proc/self/fd').length : 0)
      const before = files()
      expect((await open('nothing else', { avoid: [[1, 65_535]] })).port).toBeGreaterThan(0)
      // Hundreds were on the wrong port, and all of them are let go.
      await expect.poll(files).toBeLessThan(before + 10)
    })

    test('the mark of the first datagram is seen on arrival, or the engine says it cannot', async () => {
      await send()
      const [arrival] = await engine.until('arrival', 1)
      const { setTos, seeTos } = await capabilities()
      expect(setTos).toBe(kind === 'linux')
      expect(seeTos).toBe(kind === 'linux')
      expect(arrival!.tos).toBe(seeTos ? TOS : -1)
    })

    test('a port changes its mark between two flushes, where it can set one', async () => {
      await send()
      await engine.ask('setTos', { name: 'a', tos: 0x28 })
      await send()
      const arrivals = await engine.until('arrival', 2)
      const { setTos } = await capabilities()
      expect(arrivals.map(({ tos }) => tos)).toEqual(setTos ? [TOS, 0x28] : [-1, -1])
    })

    test('the hop limit that was set is seen on arrival, or the engine says it cannot', async () => {
      await open('ttl', { ttl: 33 })
      await send({ name: 'ttl' })
      const [arrival] = await engine.until('arrival', 1)
      expect(arrival!.ttl).toBe((await capabilities()).seeTtl ? 33 : -1)
    })

    test('the hop limit changes between two flushes, or the engine says it cannot', async () => {
      await send()
      await engine.ask('setTtl', { name: 'a', ttl: 7 })
      await send()
      const arrivals = await engine.until('arrival', 2)
      expect(arrivals[1]!.ttl).toBe((await capabilities()).seeTtl ? 7 : -1)
    })

    test('a refusal of a closed port is heard as ICMP where raw ICMP is granted, else not promised', async () => {
      const { rawIcmp } = await capabilities()
      expect(await engine.ask('icmp', { family })).toBe(rawIcmp)
      if (!rawIcmp) return
      const gone = await open('gone')
      await engine.ask('close', { name: 'gone' })
      const { before } = await send({ port: gone.port })
      // Others of this host are refused too: the one that quotes a datagram to this port is meant.
      const at = family === 4 ? 20 + 8 + 20 + 2 : 8 + 40 + 2
      const quoted = () =>
        engine
          .of('icmp')
          .find(({ bytes }) => Buffer.from(bytes.subarray(at, at + 2)).equals(octetsOf(gone.port)))
      await expect.poll(quoted).toBeDefined()
      const heard = quoted()
      expect(heard).toMatchObject({ family, from: { address } })
      expect(heard!.stampNs).toBeGreaterThanOrEqual(before - slackNs(kind))
      expect(heard!.stampNs).toBeLessThanOrEqual(heard!.seenNs)
      // For IPv4 the IP header is in front; unreachable is type 3, of ICMPv6 1.
      expect(heard!.bytes[family === 4 ? 20 : 0]).toBe(family === 4 ? 3 : 1)
    })

    test('a port asked to hears what came back for its own datagrams, without any privilege', async () => {
      if (kind !== 'linux') return
      const gone = await open('gone')
      await engine.ask('close', { name: 'gone' })
      await open('asking', { returned: true, dontFragment: true })
      await send({ name: 'asking', port: gone.port, tag: 77 })
      const [heard] = await engine.until('returned', 1)
      const { from, type, payload } = heard!.error
      expect([from, type]).toEqual([address, family === 4 ? 3 : 1])
      expect(new DataView(payload.buffer, payload.byteOffset).getUint32(0)).toBe(77)
      await send({ name: 'asking', tag: 78 })
      expect((await engine.until('arrival', 1, 'b'))[0]!.tag).toBe(78)
    })

    test('call, departure and arrival follow each other on one host', async () => {
      const call = await send({ count: BATCH })
      const arrivals = await engine.until('arrival', BATCH)
      const departures = await engine.until('departure', BATCH)
      departures.forEach((departure, i) => {
        expect(departure.stampNs).toBeGreaterThanOrEqual(call.before - slackNs(kind))
        expect(arrivals[i]!.stampNs).toBeGreaterThanOrEqual(departure.stampNs - slackNs(kind))
        expect(arrivals[i]!.seenNs).toBeGreaterThanOrEqual(arrivals[i]!.stampNs - slackNs(kind))
      })
    })

    test('stamps are the kernel’s own where the engine claims so', async () => {
      const call = await send({ count: BATCH })
      const arrivals = await engine.until('arrival', BATCH)
      const departures = await engine.until('departure', BATCH)
      const { receiveStamp, transmitStamp } = await capabilities()
      expect([receiveStamp, transmitStamp]).toEqual(
        kind === 'linux' ? ['kernel', 'kernel'] : ['user', 'user'],
      )
      if (receiveStamp === 'user') return
      // Stamped while the send call ran, one by one: no reading of ours can be there.
      for (const { stampNs } of arrivals) expect(stampNs).toBeLessThan(call.after)
      expect(new Set(departures.map((one) => one.stampNs)).size).toBeGreaterThan(BATCH / 2)
      const report = await engine.ask<InstrumentReport>('report')
      expect(report.stampsMissing).toBe(0)
    })

    test('more datagrams than one batch all arrive, in order, each departure under its tag', async () => {
      const count = 2.5 * BATCH
      const call = await send({ count, tag: 4_294_967_000 })
      expect(call).toMatchObject({ sent: count, full: 2 })
      const tags = Array.from({ length: count }, (_, i) => 4_294_967_000 + i)
      expect((await engine.until('arrival', count)).map((one) => one.tag)).toEqual(tags)
      expect((await engine.until('departure', count, 'a')).map((one) => one.tag)).toEqual(tags)
    })

    test('staging says when all slots are taken, and goes on after a flush', async () => {
      const to = { name: 'a', address, port: b.port, count: BATCH + 1, length: 20 }
      const offsets = await engine.ask<number[]>('stageOnly', to)
      expect(new Set(offsets.slice(0, BATCH)).size).toBe(BATCH)
      expect(offsets[BATCH]).toBe(-1)
      expect(await engine.ask('flush', { name: 'a' })).toBe(BATCH)
      expect(await engine.ask<number[]>('stageOnly', { ...to, count: 1 })).not.toContain(-1)
    })

    test('a datagram larger than the slot is kept in part and says so', async () => {
      await open('large', { maxDatagram: 1024 })
      await send({ name: 'large', length: 1000 })
      await send({ name: 'large', length: MAX_DATAGRAM, tag: 8 })
      const arrivals = await engine.until('arrival', 2)
      expect(arrivals[0]).toMatchObject({ length: MAX_DATAGRAM, truncated: true, tag: 7 })
      expect(arrivals[1]).toMatchObject({ length: MAX_DATAGRAM, truncated: false, tag: 8 })
    })

    test('an empty datagram arrives as one', async () => {
      await send({ length: 0 })
      expect((await engine.until('arrival', 1))[0]).toMatchObject({ length: 0, truncated: false })
    })

    test('what the kernel refuses is reported unsent, and the tags after it stay right', async () => {
      await open('huge', { maxDatagram: 66_000 })
      const lengths = [100, 65_900, 100, 65_900, 65_900, 100, 100]
      await send({ name: 'huge', count: 7, lengths, tag: 50 })
      const refused = await engine.until('not-sent', 3)
      const departed = await engine.until('departure', 4, 'huge')
      expect(refused.map((one) => one.tag)).toEqual([51, 53, 54])
      expect(departed.map((one) => one.tag)).toEqual([50, 52, 55, 56])
      await send({ name: 'huge', tag: 60 })
      expect((await engine.until('departure', 5, 'huge'))[4]!.tag).toBe(60)
      const report = await engine.ask<InstrumentReport>('report')
      expect(report.stampsMissing).toBe(0)
    })

    test('a closed far port does not break the sends that follow', async () => {
      const gone = await open('gone')
      await engine.ask('close', { name: 'gone' })
      for (let i = 0; i < 5; i++) await send({ port: gone.port, tag: 100 + i })
      for (let i = 0; i < 5; i++) expect((await send({ tag: 200 + i })).sent).toBe(1)
      const arrivals = await engine.until('arrival', 5, 'b')
      expect(arrivals.map((one) => one.tag)).toEqual([200, 201, 202, 203, 204])
      await engine.until('departure', 10, 'a')
      expect(engine.of('not-sent')).toEqual([])
    })

    test('an arrival names its sender, tells it from another, and can be answered', async () => {
      await send()
      const [arrival] = await engine.until('arrival', 1)
      expect(arrival).toMatchObject({
        from: { address, port: a.port },
        isFrom: true,
        isFromOther: false,
      })
      await engine.ask('echo', { name: 'b' })
      await send({ tag: 9 })
      expect((await engine.until('arrival', 1, 'a'))[0]).toMatchObject({
        tag: 9,
        from: { port: b.port },
      })
    })

    test('what is due is called as often as it was asked for, and never early', async () => {
      await engine.ask('pace', { everyNs: 3e6, count: 40 })
      const dues = await engine.until('due', 40)
      await engine.ask('report')
      expect(engine.of('due')).toHaveLength(40)
      for (const { lateNs } of dues) expect(lateNs).toBeGreaterThanOrEqual(0)
    })

    test('commands are served while the loop is busy pacing', async () => {
      await engine.ask('pace', { everyNs: 1e6, count: 1e9 })
      await engine.until('due', 20)
      expect((await send()).sent).toBe(1)
      await engine.until('arrival', 1)
    })

    test('arrivals are read, with their own stamps, also when they wait for the next due', async () => {
      await engine.ask('receive', { mode: 'at-due' })
      await engine.ask('pace', { everyNs: 20e6, count: 1e9 })
      const call = await send({ count: 5 })
      const arrivals = await engine.until('arrival', 5)
      if ((await capabilities()).receiveStamp === 'kernel')
        for (const { stampNs } of arrivals) expect(stampNs).toBeLessThan(call.after)
      await engine.until('departure', 5)
    })

    test('a closed port is free again', async () => {
      await engine.ask('close', { name: 'b' })
      expect(await open('again', { port: b.port })).toMatchObject({ port: b.port })
      await send()
      await engine.until('arrival', 1, 'again')
    })

    test('a taken port is refused by name, with the way to mend it', async () => {
      await expect(open('taken', { port: b.port })).rejects.toMatchObject({
        code: 'PORT_IN_USE',
        message: expect.stringMatching(
          new RegExp(
            `UDP ${address} port ${b.port}: wanted a free port, found EADDRINUSE .*; stop the other`,
          ),
        ),
      })
    })

    test('an address that is not of this host is refused by name', async () => {
      const foreign = family === 6 ? '2001:db8::1' : '192.0.2.1'
      await expect(open('foreign', { address: foreign })).rejects.toMatchObject({
        code: 'UNREACHABLE',
        message: expect.stringContaining(foreign),
      })
    })

    test.each(['localhost', '127.0.0.1.5', '', '1::2::3'])(
      '%j is no address of a peer',
      async (bad) => {
        await expect(send({ address: bad })).rejects.toMatchObject({ code: 'CONFIG_VALUE' })
      },
    )

    test('a peer of the other address family is refused', async () => {
      const other = family === 6 ? '127.0.0.1' : '::1'
      await expect(send({ address: other })).rejects.toMatchObject({ code: 'CONFIG_VALUE' })
    })

    test('wall time is the host’s, and the offset is wall minus monotonic', async () => {
      const clock = await engine.ask<{
        wall: number
        date: number
        offset: number
        difference: number
        host: { synchronised: boolean; maxErrorNs: number | null }
      }>('clock')
      expect(Math.abs(clock.wall - clock.date)).toBeLessThan(1000)
      expect(Math.abs(clock.offset - clock.difference)).toBeLessThan(1e9)
      expect(clock.host.maxErrorNs === null).toBe(!clock.host.synchronised)
    })
  },
)

/** A port as UDP writes it. */
const octetsOf = (port: number) => Buffer.of(port >> 8, port & 255)

/** The dgram engine reads wall time to within the millisecond its offset is known to. */
function slackNs(kind: 'linux' | 'dgram'): number {
  return kind === 'linux' ? 0 : 1e6
}
