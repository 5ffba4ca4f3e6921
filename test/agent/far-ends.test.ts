import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { readyFarEnds } from '../../agent/far-ends.ts'
import { Fault } from '../../shared/errors.ts'

const keys = { primary: `site:${'x'.repeat(32)}`, secondary: null }

function ready(reflector: string, responder?: string, more: object = {}) {
  const primary = {
    ...{ reflector, port: 4000, path: 'MPLS' as const },
    ...(responder === undefined ? {} : { responder }),
  }
  const site = { format: 'voip-ready/site/1', site: 'leeds', profile: 'p', farEnds: { primary } }
  return readyFarEnds({ ...site, ...more } as never, keys, 'leeds.yaml')
}

test('a link-local address without the interface of its link is refused by name, and says what mends it', async () => {
  for (const address of ['fe80::1', 'FEBF::1', 'fe80::1%no-such'])
    await expect(ready(address)).rejects.toThrow(
      /^leeds.yaml: farEnds.primary.reflector: .*\(fe(80|bf)::1%INTERFACE\), found .*name the interface/i,
    )
  await expect(ready('10.1.0.10', 'fe80::1')).rejects.toThrow(/farEnds.primary.responder/)
  await expect(ready('fe80::1')).rejects.toBeInstanceOf(Fault)
})

test('one with an interface of this host is taken as it stands, by name or by number', async () => {
  const links = Object.entries(networkInterfaces()).filter(([, all]) =>
    all?.some(({ address }) => address.startsWith('fe80:')),
  )
  for (const zone of [...links.map(([name]) => name), '2'])
    expect(await ready(`fe80::1%${zone}`)).toMatchObject([{ address: `fe80::1%${zone}` }])
})

test('a local address decides of which kind the far end is; one of the other kind is refused by name', async () => {
  const local = (localAddress: string) => ({ localAddress })
  await expect(ready('::1', undefined, local('127.0.0.1'))).rejects.toThrow(
    'leeds.yaml: farEnds.primary.reflector: wanted an IPv4 address, as localAddress is one, found ::1',
  )
  await expect(ready('10.1.0.10', undefined, local('::1'))).rejects.toThrow(/an IPv6 address/)
  expect(await ready('localhost', undefined, local('127.0.0.1'))).toMatchObject([
    { address: '127.0.0.1' },
  ])
})
