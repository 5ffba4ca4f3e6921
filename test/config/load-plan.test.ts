import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadProfile } from '../../config/load.ts'
import { loadPlan } from '../../config/load-plan.ts'
import { temporaryDirectory } from '../support/temporary.ts'

const PLAN = `format: voip-ready/plan/1
profile: pureconnect-rcm
site:
  format: voip-ready/site/1
  site: leeds
  profile: pureconnect-rcm
  farEnds:
    primary: { reflector: 10.1.0.10 }
caps: { maxCalls: 20 }
`

async function told(text: string, site = 'leeds'): Promise<string[]> {
  const file = join(temporaryDirectory(), 'plan.yaml')
  writeFileSync(file, text)
  const said = await loadPlan(file, site).catch((error: unknown) => String(error))
  return String(said)
    .replaceAll(file, 'plan.yaml')
    .replace(/^.*?plan/, 'plan')
    .split('\n')
}

test('a profile that is named is written out with its hash', async () => {
  const file = join(temporaryDirectory(), 'plan.yaml')
  writeFileSync(file, PLAN)
  const { sha256, profile } = await loadProfile('pureconnect-rcm')
  const written = { id: profile.id, version: profile.version, sha256 }
  expect(await loadPlan(file, 'leeds')).toMatchObject({ profile: written, caps: { maxCalls: 20 } })
})

test.each([
  ['maxCalls: 20', 'maxCalls: -3', 'plan.yaml:9:19: caps.maxCalls: wanted a whole number'],
  ['caps:', 'cap:', 'plan.yaml:9:1: cap: wanted a key that is known here'],
  ['primary:', 'primery:', 'plan.yaml:8:5: site.farEnds.primery: wanted a key'],
  ['reflector: 10.1.0.10', 'reflector: ""', 'plan.yaml:8:27: site.farEnds.primary.reflector'],
  ['pureconnect-rcm', 'pureconnect-rmc', 'plan.yaml:2:10: profile: wanted one of'],
  [/site:\n( {2}.*\n)+/, '', 'plan.yaml:1:1: site: wanted a map, found nothing; add site'],
  ['site: leeds', 'site: york', 'plan.yaml:5:9: site.site: wanted "leeds", found "york"'],
  ['20 }', '20', 'plan.yaml:10:1: wanted the closing quote'],
])('%s -> %s is told by file, line and key', async (from, to, said) => {
  expect((await told(PLAN.replace(from, to)))[0]).toContain(said)
})

test('what does not fit the profile is told so too', async () => {
  const dns = '  dns: { records: { DNS-99: { value: 10.1.0.20 } } }\ncaps:'
  expect(await told(PLAN.replace('caps:', dns))).toEqual([expect.stringMatching(/DNS-99/)])
})
