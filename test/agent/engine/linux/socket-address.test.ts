import { isIP, SocketAddress } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadLibc } from '../../../../agent/engine/linux/libc.ts'
import { allocate } from '../../../../agent/engine/linux/memory.ts'
import {
  readSocketAddress,
  writeSocketAddress,
} from '../../../../agent/engine/linux/socket-address.ts'

const LINUX = process.platform === 'linux'
if (!LINUX) console.warn('not Linux: socket addresses are not tested')

describe.skipIf(!LINUX)('socket addresses', () => {
  const roundTrip = (address: string, port: number) => {
    const libc = loadLibc()
    const name = allocate(libc, 64)
    const length = writeSocketAddress(libc, name.view, 8, address, port)
    return { length, ...readSocketAddress(libc, name.view, name.address, 8) }
  }

  test('every IPv4 address and port comes back as it was written', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(65535), (address, port) => {
        expect(roundTrip(address, port)).toEqual({ length: 16, address, port, family: 4 })
      }),
    )
  })

  test('every IPv6 address comes back as the same address', () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.nat(65535), (address, port) => {
        fc.pre(isIP(address) === 6)
        const same = (one: string) => new SocketAddress({ address: one, family: 'ipv6' }).address
        const read = roundTrip(address, port)
        expect(read).toMatchObject({ length: 28, port, family: 6 })
        expect(same(read.address)).toBe(same(address))
      }),
    )
  })

  test('the bytes are the kernel’s: family, port and address', () => {
    const libc = loadLibc()
    const name = allocate(libc, 32)
    writeSocketAddress(libc, name.view, 0, '192.0.2.7', 0x1234)
    expect([...name.bytes.subarray(0, 8)]).toEqual([2, 0, 0x12, 0x34, 192, 0, 2, 7])
  })

  test('an interface may be named after a percent sign, and must exist', () => {
    expect(roundTrip('fe80::1%lo', 5)).toMatchObject({ address: 'fe80::1%lo', port: 5 })
    expect(() => roundTrip('fe80::1%nosuch0', 5)).toThrow(/wanted an interface of this host/)
  })

  test.each([-1, 65536, 1.5, Number.NaN])('%d is no port', (port) => {
    expect(() => roundTrip('127.0.0.1', port)).toThrow(/0 to 65535/)
  })
})
