import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { openPortDesk } from '../../../agent/io/port-desk.ts'
import { planStreams } from '../../../agent/plan.ts'
import { loadProfile } from '../../../config/load.ts'
import { isInRanges, udpRanges } from '../../../shared/profile/ports.ts'

const key = { id: 'test', secret: 'secret-of-sixteen-octets' }

/** The port under which a desk is seen at a peer of its own. */
async function seenPort(avoid: readonly (readonly [number, number])[]): Promise<number> {
  const peer = createSocket('udp4').bind(0, '127.0.0.1')
  await once(peer, 'listening')
  const { address, port } = peer.address()
  const heard = once(peer, 'message')
  const desk = await openPortDesk({ address, port, key, avoid })
  const question = { verb: 1, proto: 17, count: 0, token: '0'.repeat(32), ports: [] }
  const asked = desk.ask({ ...question, run: '0011223344556677', address: '127.0.0.1' })
  const [, from] = await heard
  peer.close()
  expect(await asked).toBe('silent')
  desk.close()
  return from.port
}

test('the desk sits on no port that is to be held and dialled, as far as there are others', async () => {
  const beside = Array.from({ length: 8 }, () => seenPort([[1, 46_000]]))
  const [all, ...ports] = await Promise.all([seenPort([[1, 65_535]]), ...beside])
  expect(all).toBeGreaterThan(0)
  for (const port of ports) expect(port).toBeGreaterThan(46_000)
})

test('streams avoid every UDP port that a row of the profile names', async () => {
  const { profile } = await loadProfile('pureconnect-lcm')
  const ranges = udpRanges(profile.requirements)
  expect([5060, 48_000, 48_100].map((port) => isInRanges(ranges, port))).toEqual([true, true, true])
  expect([47_999, 48_101].map((port) => isInRanges(ranges, port))).toEqual([false, false])
  const plan = planStreams(profile, [], { engine: 'auto', windows: 'minute', calls: 1 })
  expect(plan.avoidPorts).toEqual(ranges)
})
