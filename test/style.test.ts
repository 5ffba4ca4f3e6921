import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { root } from './support/sources.ts'

/** Style is a test: what a machine can keep is kept by one. Each runs the project's own command. */
const CHECKS = [
  [
    'format and lint',
    ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  ],
  ['types', ['node_modules/typescript/bin/tsc', '-p', '.']],
  ['types of the page', ['node_modules/typescript/bin/tsc', '-p', 'server/dashboard']],
  [
    'no dead files, exports or dependencies',
    ['node_modules/knip/bin/knip.js', '--config', '.knip.json'],
  ],
] as const

test.each(CHECKS)('%s', { timeout: 120_000 }, (_name, args) => {
  const run = spawnSync(process.execPath, [...args], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(run.status, `${run.stdout}\n${run.stderr}`.slice(0, 8000)).toBe(0)
})

test('every dependency runs on the Node that package.json promises', () => {
  const run = spawnSync('npm', ['ls', '--all', '--json', '--long'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64e6,
  })
  const tree = JSON.parse(run.stdout) as Tree
  expect(tooNew(tree)).toEqual([])
})

interface Tree {
  readonly name?: string
  readonly version?: string
  readonly engines?: { readonly node?: string }
  readonly dependencies?: { readonly [name: string]: Tree }
}

/** Packages whose lower bound lies above Node 20.19 (a plain `>=` or `^` bound is what they write). */
function tooNew(tree: Tree): string[] {
  const own = tree.engines?.node ?? ''
  const alternatives = own.split('||').map((part) => /(\d+)(?:\.(\d+))?/.exec(part))
  const runs =
    own === '' ||
    alternatives.some((found) => {
      const major = Number(found?.[1] ?? 0)
      return major < 20 || (major === 20 && Number(found?.[2] ?? 0) <= 19)
    })
  const here = runs ? [] : [`${tree.name}@${tree.version} wants node ${own}`]
  return [...here, ...Object.values(tree.dependencies ?? {}).flatMap(tooNew)]
}
