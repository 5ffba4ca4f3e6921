import { createSocket, type Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { openSnmp } from '../../../../agent/io/snmp.ts'
import { readNeighbours } from '../../../../agent/probes/link/lldp.ts'
import { readSwitch, switchFrom } from '../../../../agent/probes/link/switches.ts'
import type { NetworkSwitch } from '../../../../shared/profile/site.ts'
import { LinkObservationSchema } from '../../../../shared/record/link.ts'
import { link, nic } from '../../../shared/verdict/links.ts'
import { judged, verdictAt } from '../../../shared/verdict/scenes.ts'
import { SEED } from '../../../support/seed.ts'

const virtual = nic({ medium: 'virtual' })
const HEARD = new Set(['eth0'])

/** Judged beside a virtual interface, so that only what is tested here could make a pass. */
function duplexVerdict(change: Parameters<typeof link>[0]): string {
  return verdictAt(judged([link({ interfaces: [virtual], ...change })]), 'VRN-2', 'none', 'none')
}

const leaf = (text: string) => [{ value: text }]
const REAL = {
  lldp: [
    {
      interface: [
        {
          name: 'eth0',
          chassis: [{ name: leaf('sw1') }],
          port: [
            {
              descr: leaf('Gi1/0/7'),
              'auto-negotiation': [{ current: leaf('1000BaseTFD - full duplex mode') }],
            },
          ],
          'lldp-med': [
            {
              policy: [
                {
                  apptype: 'Voice',
                  defined: true,
                  vlan: [{ vid: '100' }],
                  pcp: leaf('5'),
                  dscp: leaf('46'),
                },
              ],
            },
          ],
        },
      ],
    },
  ],
}

test('what lldpcli prints is read: neighbour, port, side of the cable, voice policy', () => {
  const { neighbours } = readNeighbours({ state: 'read', text: JSON.stringify(REAL) }, HEARD)
  expect(neighbours).toEqual([
    {
      ...{ interface: 'eth0', name: 'sw1', port: 'Gi1/0/7', duplex: 'full' },
      voice: { tagged: true, vlan: 100, priority: 5, dscp: 46 },
    },
  ])
})

test('an interface that carries no voice is left out', () => {
  const text = JSON.stringify(REAL)
  expect(readNeighbours({ state: 'read', text }, new Set(['eth1'])).neighbours).toEqual([])
})

/** The real answer with some of its parts replaced by anything. */
function bent(value: unknown): fc.Arbitrary<unknown> {
  const anything = fc.oneof(fc.jsonValue(), fc.constant({ value: '99999' }), fc.string())
  const whole: fc.Arbitrary<unknown> = Array.isArray(value)
    ? fc.tuple(...value.map(bent))
    : typeof value === 'object' && value !== null
      ? fc.record(Object.fromEntries(Object.entries(value).map(([key, own]) => [key, bent(own)])))
      : fc.constant(value)
  return fc.oneof({ weight: 15, arbitrary: whole }, { weight: 1, arbitrary: anything })
}

test('bent, cut and foreign LLDP answers never crash, never leave the form, never pass', () => {
  const texts = fc.oneof(
    bent(REAL).map((value) => JSON.stringify(value)),
    fc.nat(JSON.stringify(REAL).length).map((at) => JSON.stringify(REAL).slice(0, at)),
    fc.string(),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const lldp = readNeighbours({ state: 'read', text }, HEARD)
      v.parse(LinkObservationSchema, link({ lldp }))
      expect(duplexVerdict({ lldp })).not.toContain('pass')
    }),
    { numRuns: 500 },
  )
})

test('columns of any content never leave the form, and pass only with a port at full duplex', () => {
  const index = fc.oneof(fc.nat(60).map(String), fc.string({ maxLength: 8 }))
  const value = fc.oneof(fc.integer(), fc.nat(4), fc.string({ minLength: 1, maxLength: 64 }))
  const column = fc.array(fc.tuple(index, value), { maxLength: 60 }).map((rows) => new Map(rows))
  const names = [
    'duplex',
    'lateCollisions',
    'name',
    'speed',
    'highSpeed',
    'status',
    'bridgePort',
    'pvid',
  ]
  const columns = fc.record(Object.fromEntries(names.map((name) => [name, column])))
  const target: NetworkSwitch = { address: '10.0.0.2', version: '2c', community: 'public' }
  fc.assert(
    fc.property(columns, (found) => {
      const seen = switchFrom(target, found)
      v.parse(LinkObservationSchema, link({ switches: [seen] }))
      const full = [...(found.duplex?.values() ?? [])].includes(3)
      if (!full) expect(duplexVerdict({ switches: [seen] })).not.toContain('pass')
    }),
  )
})

/** An agent on loopback that answers each request with bytes of its own making. */
async function agentThat(answer: (request: Buffer) => Buffer): Promise<NetworkSwitch> {
  const socket: Socket = createSocket('udp4')
  onTestFinished(() => void socket.close())
  socket.on('message', (request, from) => {
    socket.send(answer(request), from.port, from.address)
  })
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done))
  const { port } = socket.address() as AddressInfo
  return { address: '127.0.0.1', port, version: '2c', community: 'public' }
}

const GET_BULK = 0xa5
const RESPONSE = 0xa2

/** The request as if it were a response, with some octets replaced, and cut. */
function mangled(request: Buffer, changes: readonly (readonly [number, number])[], cut: number) {
  const bytes = Buffer.from(request)
  const at = bytes.indexOf(GET_BULK)
  if (at >= 0) bytes[at] = RESPONSE
  for (const [where, octet] of changes) bytes[where % bytes.length] = octet
  return bytes.subarray(0, bytes.length - (cut % bytes.length))
}

test('mangled, cut and random SNMP answers never crash, always end, never pass', {
  timeout: 40_000,
}, async () => {
  const octet = fc.nat(255)
  const recipe = fc.oneof(
    fc
      .tuple(
        fc.array(fc.tuple(fc.nat(80), octet), { maxLength: 4 }),
        fc.constantFrom(0, 0, 0, 1, 7),
      )
      .map(
        ([changes, cut]) =>
          (request: Buffer) =>
            mangled(request, changes, cut),
      ),
    fc.uint8Array({ maxLength: 80 }).map((bytes) => () => Buffer.from(bytes)),
  )
  const recipes = fc.sample(recipe, { numRuns: 60, seed: SEED })
  const targets = await Promise.all(recipes.map(agentThat))
  const switches = await Promise.all(targets.map((target) => readSwitch(target, openSnmp)))
  for (const seen of switches) {
    v.parse(LinkObservationSchema, link({ switches: [seen] }))
    expect(duplexVerdict({ switches: [seen] })).not.toContain('pass')
  }
  expect(new Set(switches.map(({ state }) => state)).size).toBeGreaterThan(1)
})

test('nobody answers: silent, with what it may be', { timeout: 20_000 }, async () => {
  const socket = createSocket('udp4')
  onTestFinished(() => void socket.close())
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done))
  const target = { address: '127.0.0.1', port: socket.address().port } as const
  const seen = await readSwitch({ ...target, version: '2c', community: 'x' }, openSnmp)
  expect(seen).toMatchObject({ state: 'silent', detail: expect.stringContaining('community') })
})
