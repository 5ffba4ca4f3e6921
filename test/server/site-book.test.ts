import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSiteBook } from '../../server/site-book.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { testCollector } from './support/collector.ts'
import { envelope, record } from './support/fixtures.ts'

const SITE = `format: voip-ready/site/1
site: leeds
profile: pureconnect-rcm
peakCalls: 1
farEnds:
  primary: { reflector: 10.1.0.10 }
`

interface Row {
  readonly id: string
  readonly verdict: string
  readonly reason: string
}

test('what the operator says of a site decides the lines that need it', async () => {
  const folder = temporaryDirectory()
  writeFileSync(join(folder, 'leeds.yaml'), SITE)
  const told = await testCollector({ sites: await openSiteBook(folder) })
  const untold = await testCollector()
  const bandwidthOf = async (collector: typeof told) => {
    await collector.deliver(envelope(record(collector.profileSha256)))
    const { body } = await collector.get('/api/v1/sites/leeds')
    const rows: readonly Row[] = body.window.findings
    return rows.filter(({ id }) => id === 'VRN-7').map(({ reason }) => reason)
  }
  const known = new Set(await bandwidthOf(told))
  expect(known).not.toContain('needs-site-value')
  expect(known).toContain('within-limit')
  expect(new Set(await bandwidthOf(untold))).toEqual(new Set(['needs-site-value']))
})

test('two files for one site are refused, with both named', async () => {
  const folder = temporaryDirectory()
  writeFileSync(join(folder, 'a.yaml'), SITE)
  writeFileSync(join(folder, 'b.yaml'), SITE)
  await expect(openSiteBook(folder)).rejects.toThrow(/b\.yaml: site: wanted one file.*a\.yaml/)
})

test('a folder that is not there is one clear line', async () => {
  await expect(openSiteBook('/nowhere/sites')).rejects.toThrow(/\/nowhere\/sites: wanted a folder/)
})
