import { createSocket, type Socket } from 'node:dgram'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addKey } from '../../../agent/reflector/keys.ts'
import type {
  AccessKey,
  ClosedWindow,
  RunningStreams,
  StreamEvent,
} from '../../../agent/stream/types.ts'

/** A key in a file of its own, in a folder that `remove` takes away. */
export function makeKey(): { readonly key: AccessKey; readonly keysFile: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'stream-test-'))
  const keysFile = join(folder, 'keys.json')
  const { id, secret } = addKey(keysFile, 'test', new Date())
  return { key: { id, secret }, keysFile, remove: () => rmSync(folder, { recursive: true }) }
}

/** Everything a run told, once it is done; a fault is thrown. */
export function collect(streams: RunningStreams): Promise<{
  readonly windows: readonly ClosedWindow[]
  readonly events: readonly StreamEvent[]
}> {
  const events: StreamEvent[] = []
  return new Promise((resolve, reject) => {
    streams.on((event) => {
      events.push(event)
      if (event.type === 'fault') reject(new Error(event.message))
      if (event.type === 'done')
        resolve({ events, windows: events.flatMap((e) => (e.type === 'window' ? [e.window] : [])) })
    })
  })
}

/** Sums over all calls of a window. */
export function count(window: ClosedWindow) {
  const sums = {
    sent: 0,
    answered: 0,
    dwells: 0,
    received: 0,
    replied: 0,
    duplicates: 0,
    dupOut: 0,
    dupBack: 0,
  }
  let leastRoundTripNs = Number.POSITIVE_INFINITY
  const total = (values: Iterable<number>, counts: (value: number) => number): number =>
    [...values].reduce((sum, value) => sum + counts(value), 0)
  const known = (value: number): number => (Number.isNaN(value) ? 0 : 1)
  for (const { rows, receipt } of window.streams) {
    sums.sent += total(rows.sentNs, known)
    sums.dwells += total(rows.dwellNs, known)
    sums.answered += total(rows.replySequence, (reply) => (reply === -1 ? 0 : 1))
    sums.dupOut += total(rows.duplicatesOut, (n) => n)
    sums.dupBack += total(rows.duplicatesBack, (n) => n)
    sums.received += receipt?.received ?? Number.NaN
    sums.replied += receipt?.replied ?? Number.NaN
    sums.duplicates += receipt?.duplicates ?? Number.NaN
    const roundTrips = rows.returnedNs.map((back, i) => back - (rows.sentNs[i] ?? Number.NaN))
    for (const ns of roundTrips) if (ns < leastRoundTripNs) leastRoundTripNs = ns
  }
  return { ...sums, leastRoundTripNs }
}

/** A relay to a port of loopback that lets nothing through until it is opened. */
export async function gatedRelay(to: number) {
  const front = createSocket('udp4')
  let behind = createSocket('udp4')
  let isOpen = false
  let agent = 0
  const asked = new Promise<void>((resolve) => front.once('message', () => resolve()))
  front.on('message', (packet, { port }) => {
    agent = port
    if (isOpen) behind.send(packet, to, '127.0.0.1')
  })
  const bound = async (one: Socket) => {
    await new Promise<void>((done) => one.bind(0, '127.0.0.1', done))
    return one
  }
  const listen = () => behind.on('message', (packet) => front.send(packet, agent, '127.0.0.1'))
  await Promise.all([bound(front), bound(behind)])
  listen()
  return {
    port: front.address().port,
    /** A first datagram came. */
    asked,
    open: () => {
      isOpen = true
    },
    /** Goes on from another port, as a NAT does that forgot the flow. */
    rebind: async () => {
      const next = await bound(createSocket('udp4'))
      behind.close()
      behind = next
      listen()
    },
    close: () => {
      front.close()
      behind.close()
    },
  }
}
