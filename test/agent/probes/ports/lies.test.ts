import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PortDesk } from '../../../../agent/io/port-desk.ts'
import { portsIo } from '../../../../agent/io/ports.ts'
import { tryBack } from '../../../../agent/probes/ports/back.ts'
import { tryOut } from '../../../../agent/probes/ports/out.ts'
import { paceOf } from '../../../../agent/probes/ports/pace.ts'
import { groupFates } from '../../../../agent/probes/ports/summary.ts'
import type { PortPair } from '../../../../shared/profile/ports.ts'
import { PLACE_UNKNOWN } from '../../../../shared/record/ports.ts'
import {
  DIALLED,
  LISTENING,
  type PortsAnswer,
  TELLS_PLACE,
} from '../../../../shared/wire/port-talk.ts'
import { freePort } from '../../../support/free-port.ts'

const PAIRS: readonly PortPair[] = [
  { proto: 'tcp', port: 143 },
  { proto: 'udp', port: 5060 },
]
const quick = { ...portsIo(), sleep: async () => undefined }
const signal = new AbortController().signal
const octet = fc.nat(255)
const said = fc.record({
  states: fc.array(octet, { maxLength: 4 }),
  codes: fc.array(octet, { maxLength: 4 }),
  ms: fc.array(fc.nat(65_535), { maxLength: 4 }),
})

/** A desk whose every answer is of the right kind, and says anything at all. */
function lyingDesk(answer: Pick<PortsAnswer, 'states' | 'codes' | 'ms'>): PortDesk {
  return {
    local: '127.0.0.1',
    ask: async ({ verb, count }) => ({
      ...{ verb, count, token: '0'.repeat(32), who: '0'.repeat(16), ...answer },
    }),
    close: () => {},
  }
}

test('a port that no question of ours came to is never open, whatever the responder says', async () => {
  await fc.assert(
    fc.asyncProperty(said, async (answer) => {
      const talk = { desk: lyingDesk(answer), run: '11'.repeat(8), address: '192.0.2.1' }
      const hello = { token: '', who: '', rows: [] }
      const job = { talk, hello, pairs: PAIRS, gentle: false }
      const parts = { held: () => 'listening' as const, arrived: () => false }
      const some = { ...quick, sleep: async () => undefined }
      const fates = await tryBack({ ...job, ...parts }, some, signal)
      expect(fates.map(({ state }) => state)).not.toContain('open')
      expect(fates).toHaveLength(PAIRS.length)
    }),
    { numRuns: 100 },
  )
})

test('what came here but is not confirmed by the responder is not open either', async () => {
  const answer = { states: [DIALLED.silent, DIALLED.silent], codes: [], ms: [] }
  const talk = { desk: lyingDesk(answer), run: '11'.repeat(8), address: '192.0.2.1' }
  const job = { talk, hello: { token: '', who: '', rows: [] }, pairs: PAIRS, gentle: false }
  const fates = await tryBack(
    { ...job, held: () => 'listening', arrived: () => true },
    quick,
    signal,
  )
  expect(fates.map(({ state }) => state)).toEqual(['blocked-out', 'blocked-out'])
})

test('a responder that claims to have heard everything opens nothing on the way out', async () => {
  const io = {
    ...quick,
    dialTcp: async () => ({ state: 'filtered' as const, ms: 1, cause: '', icmpCode: null }),
    dialUdp: async () => ({ state: 'silent' as const, ms: 1, cause: '', icmpCode: null }),
  }
  const talk = {
    desk: lyingDesk({ states: [1, 1], codes: [], ms: [] }),
    run: '11'.repeat(8),
    address: '::1',
  }
  const rows = PAIRS.map((pair) => ({ pair, state: 1, code: 0, ms: 0 }))
  const key = { id: 'site', secret: new Uint8Array(24) }
  const job = { talk, hello: { token: '', who: '22'.repeat(8), rows }, key, local: '::1' }
  const fates = await tryOut(
    job,
    io,
    paceOf(false, io.sleep, signal, () => {}),
  )
  expect(fates.map(({ state }) => state)).toEqual(['filtered', 'blocked-back'])
})

test('a refusal convicts nobody where the responder is too old to say at which address it holds a port', async () => {
  const port = await freePort()
  const pairs = (['tcp', 'udp'] as const).map((proto) => ({ proto, port }))
  const desk = lyingDesk({ states: [0, 0], codes: [], ms: [] })
  const talk = { desk, run: '11'.repeat(8), address: '127.0.0.1' }
  const key = { id: 'site', secret: new Uint8Array(24) }
  const pace = paceOf(false, quick.sleep, signal, () => {})
  const fates = async (code: number) => {
    const rows = pairs.map((pair) => ({ pair, state: LISTENING.listening, code, ms: 0 }))
    const hello = { token: '', who: '22'.repeat(8), rows }
    const all = await tryOut({ talk, hello, key, local: '127.0.0.1' }, quick, pace)
    return all.map(({ state, cause }) => `${state} ${cause}`.trim())
  }
  expect(await fates(0)).toEqual(pairs.map(() => `not-listening ${PLACE_UNKNOWN}`))
  expect(await fates(TELLS_PLACE)).toEqual(pairs.map(() => expect.stringMatching(/^refused/)))
})

test('whatever is said of every single port, the summary stays small and loses no port', () => {
  const fates = Array.from({ length: 400 }, (_, port) => ({
    ...{
      proto: 'tcp' as const,
      port: port + 1,
      state: 'unreachable' as const,
      proof: 'none' as const,
    },
    ...{ cause: `icmp 3/1 from 10.0.0.${port}`, ms: 1 },
  }))
  const groups = groupFates(fates)
  expect(groups.length).toBeLessThanOrEqual(64)
  const ports = groups
    .flatMap((group) => group.ports)
    .flatMap((r) => (typeof r === 'number' ? 1 : r[1] - r[0] + 1))
  expect(ports.reduce((sum, n) => sum + n, 0)).toBe(400)
})
