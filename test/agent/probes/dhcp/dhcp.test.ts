import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import type { DhcpIo } from '../../../../agent/io/dhcp.ts'
import { dhcpProbe } from '../../../../agent/probes/dhcp/dhcp.ts'
import type { ProbeContext } from '../../../../agent/probes/types.ts'
import { type DhcpObservation, DhcpObservationSchema } from '../../../../shared/record/dhcp.ts'
import { ok } from '../../../../shared/result.ts'
import { DHCP, decodeDhcp, encodeDhcp } from '../../../../shared/wire/dhcp.ts'
import {
  answer,
  hexOf,
  NAMING_PROFILE,
  NAMING_SITE,
  namingFinding,
  URL,
} from '../../../shared/verdict/naming-scenes.ts'
import { START } from '../../../shared/verdict/scenes.ts'

const LINES = ['DHCP-1', 'DHCP-2', 'DHCP-4', 'DHCP-5']
const octets = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const OPTIONS = new Map([
  [DHCP.serverId, Uint8Array.of(203, 0, 113, 1)],
  [6, Uint8Array.of(198, 51, 100, 1)],
  [67, octets(hexOf('Sip100.img'))],
  [160, octets(hexOf(URL))],
])

/** The right answer to one question, as a server writes it. */
function rightAnswer(question: Uint8Array): Uint8Array {
  const asked = decodeDhcp(question)
  if (!asked.ok) throw new Error('the probe sent no DHCP message')
  const type = asked.value.options.get(DHCP.messageType)?.[0]
  const said = type === DHCP.discover ? DHCP.offer : DHCP.ack
  const options = new Map([[DHCP.messageType, Uint8Array.of(said)], ...OPTIONS])
  return encodeDhcp({ ...asked.value, op: 'reply', options })
}

/** Sockets in memory: `answers` is what a server makes of each question. */
async function probe(
  answers: (question: Uint8Array) => readonly Uint8Array[],
): Promise<{ readonly seen: DhcpObservation; readonly types: readonly number[] }> {
  let transaction = 1
  const types: number[] = []
  const io: DhcpIo = {
    interfaces: () => [
      { name: 'eth0', address: '203.0.113.9', mac: Uint8Array.of(2, 0, 0, 0, 0, 1) },
    ],
    open: async (_address, heard) =>
      ok({
        send: async (bytes) => {
          const asked = decodeDhcp(bytes)
          if (asked.ok) types.push(asked.value.options.get(DHCP.messageType)?.[0] ?? 0)
          for (const one of answers(bytes)) heard(one, '203.0.113.1')
          return ''
        },
        close: () => {},
      }),
    transaction: () => transaction++,
    monotonicMs: () => 0,
    wait: async () => {},
  }
  const context: ProbeContext = {
    ...{ profile: NAMING_PROFILE, site: NAMING_SITE, farEnds: [], earlier: [] },
    ...{ nowMs: () => START, progress: () => {} },
  }
  const addresses = ['192.0.2.1', '192.0.2.2']
  const found = await dhcpProbe({
    dhcp: io,
    askDns: async ({ name, server }) => answer(name, { addresses }, server),
    tryHttp: async ({ address, port }) => {
      return { address, port, outcome: 'http', status: 200, ms: 1 }
    },
  }).run(context, new AbortController().signal)
  return { seen: v.parse(DhcpObservationSchema, found[0]), types }
}

test('what the wire says is what is judged; no message ever requests an address', async () => {
  const { seen, types } = await probe((question) => [rightAnswer(question)])
  for (const id of ['DHCP-1', 'DHCP-2', 'DHCP-4'])
    expect(`${id} ${namingFinding([seen], id).verdict}`).toBe(`${id} pass`)
  expect(new Set(types)).toEqual(new Set([DHCP.discover, DHCP.inform]))
})

test('cut answers are counted, never thrown and never passed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0, max: 1, noNaN: true }), async (share) => {
      const { seen } = await probe((question) => {
        const bytes = rightAnswer(question)
        return [bytes.subarray(0, Math.floor(share * bytes.lastIndexOf(255)))]
      })
      expect(seen.ignored + seen.malformed).toBeGreaterThan(0)
      for (const id of LINES) expect(namingFinding([seen], id).verdict).not.toBe('pass')
    }),
    { numRuns: 60 },
  )
})

test('one octet of a value that came otherwise fails that line', async () => {
  const file = Buffer.from('Sip100.img')
  await fc.assert(
    fc.asyncProperty(
      fc.nat(file.length - 1),
      fc.integer({ min: 1, max: 255 }),
      async (at, flip) => {
        const { seen } = await probe((question) => {
          const bytes = Buffer.from(rightAnswer(question))
          const start = bytes.indexOf(file)
          bytes[start + at] = (bytes[start + at] ?? 0) ^ flip
          return [bytes]
        })
        expect(namingFinding([seen], 'DHCP-4').verdict).toBe('fail')
      },
    ),
    { numRuns: 60 },
  )
})

test('octets from nowhere are ignored', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      const { seen } = await probe(() => [bytes])
      expect(seen.replies).toEqual([])
      expect(seen.ignored + seen.malformed).toBeGreaterThan(0)
    }),
    { numRuns: 60 },
  )
})

test('a server that floods is kept within the record', async () => {
  let n = 0
  const { seen } = await probe((question) =>
    Array.from({ length: 40 }, () => {
      const bytes = rightAnswer(question)
      bytes.set([10, 0, n >> 8, n++ & 255], 16)
      return bytes
    }),
  )
  expect(seen.replies.length).toBeLessThanOrEqual(8)
  expect(seen.more).toBeGreaterThan(0)
  expect(JSON.stringify(seen).length).toBeLessThan(30_000)
})
