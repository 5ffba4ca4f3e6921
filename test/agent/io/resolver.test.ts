import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hostResolver, parseResolver } from '../../../agent/io/resolver.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

test('the last search line counts; comments and what is no address do not', () => {
  const text =
    '# nameserver 1.1.1.1\nnameserver 10.0.0.1\nnameserver dns\nnameserver fe80::1%eth0\nsearch a.b\n' +
    'search c.d. e.f\noptions ndots:1'
  expect(parseResolver(text)).toEqual({
    servers: ['10.0.0.1', 'fe80::1%eth0'],
    search: ['c.d', 'e.f'],
  })
})

test('behind the stub of systemd stand the real servers; a file that is not there is empty', async () => {
  const folder = temporaryDirectory()
  const [own, behind] = [join(folder, 'own'), join(folder, 'behind')]
  writeFileSync(own, 'nameserver 127.0.0.53\nsearch home.local\n')
  writeFileSync(behind, 'nameserver 10.0.0.53\nsearch other\n')
  expect(await hostResolver(own, behind)).toEqual({
    servers: ['10.0.0.53'],
    search: ['home.local'],
  })
  expect(await hostResolver(join(folder, 'none'))).toEqual({ servers: [], search: [] })
})
