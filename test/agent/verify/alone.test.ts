import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packBundle } from '../../../server/bundle/pack.ts'
import { formatVkey } from '../../../shared/evidence/vkey.ts'
import { KEYS, worldLines } from '../../support/evidence-world.ts'
import { importsOf, readSources } from '../../support/sources.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { makeVerifier } from '../../support/verifier.ts'

const BUILTINS = ['buffer', 'crypto', 'fs', 'process', 'v8', 'worker_threads', 'zlib'].map(
  (name) => `node:${name}`,
)

test('all that the verifier imports is shared/, the schema library and seven parts of Node', () => {
  const sources = new Map(readSources(['shared', 'agent']).map((one) => [one.path, one]))
  const seen = new Set<string>()
  const waiting = ['agent/verify/main.ts']
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const source = sources.get(path)
    if (source !== undefined) waiting.push(...importsOf(source))
  }
  const strange = [...seen].filter(
    (path) => !/^(shared|agent\/verify)\//.test(path) && path !== 'valibot',
  )
  expect(strange.sort()).toEqual(BUILTINS)
})

test('one file, copied to an empty folder, verifies a bundle with plain Node', () => {
  const folder = temporaryDirectory()
  makeVerifier(folder)
  writeFileSync(join(folder, 'leeds.bundle'), packBundle(worldLines({ minutes: 3 })))
  const keys = { agent: KEYS.agent, reflector: KEYS.reflector, log: KEYS.log }
  const named = Object.entries(keys).flatMap(([role, all]) =>
    all.flatMap((key) => [`--${role}-key`, formatVkey(key)]),
  )
  const run = (args: readonly string[]) =>
    spawnSync(process.execPath, ['verify.mjs', 'leeds.bundle', ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: {},
    })
  const found = run(named)
  expect(found.stderr).toBe('')
  expect(found.stdout).toContain(
    'VERIFIED: what is signed holds under the keys given; nothing is missing',
  )
  expect(found.status).toBe(0)
  expect(found.stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
  expect(run([]).status).toBe(2)
  for (const [args, words] of [
    [['--log-key', ''], '--log-key: wanted a value, found ""'],
    [['--log-key', '--json'], '--log-key: wanted a value, found "--json"'],
    [['--expect', 'pass'], '--expect: wanted PASS, found pass'],
  ] as const) {
    const refused = run(args)
    expect([refused.status, refused.stdout]).toEqual([3, ''])
    const { stderr } = refused
    const said = stderr.startsWith('{') ? JSON.parse(stderr).error.message : stderr
    expect(said).toContain(words)
  }
  const text = readFileSync(join(folder, 'verify.mjs'), 'utf8')
  const imported = [...text.matchAll(/^import .* from "([^"]+)"/gm)].map(([, name]) => name ?? '')
  expect(imported.filter((name) => !BUILTINS.includes(name))).toEqual([])
})
