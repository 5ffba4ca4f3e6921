import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countPorts, expandPorts, portText } from '../../../shared/profile/ports.ts'

test('ranges have both ends in, and TCP comes first', () => {
  expect(expandPorts({ tcp: [22, [8018, 8019]], udp: [514] })).toEqual([
    { proto: 'tcp', port: 22 },
    { proto: 'tcp', port: 8018 },
    { proto: 'tcp', port: 8019 },
    { proto: 'udp', port: 514 },
  ])
})

test('a row without ports asks for none', () => {
  expect(expandPorts({ tcp: [], udp: [] })).toEqual([])
})

test('a port of two rows is two pairs and one distinct port; protocols are apart', () => {
  const rows = [
    { tcp: [443], udp: [] },
    { tcp: [443], udp: [443] },
  ]
  expect(countPorts(rows)).toEqual({ rows: 2, pairs: 3, distinctTcp: 1, distinctUdp: 1 })
})

test('a list of ports is written as people write it', () => {
  expect(portText([5060, [8060, 8061]])).toBe('5060, 8060-8061')
})

test('law: a range gives as many pairs as it has ports, in order and without a gap', () => {
  const port = fc.integer({ min: 1, max: 65_535 })
  fc.assert(
    fc.property(port, fc.integer({ min: 0, max: 300 }), (first, more) => {
      const last = Math.min(65_535, first + more)
      const ports = expandPorts({ tcp: [], udp: [[first, last]] }).map((pair) => pair.port)
      expect(ports[0]).toBe(first)
      expect(ports.at(-1)).toBe(last)
      expect(ports).toHaveLength(last - first + 1)
    }),
  )
})
