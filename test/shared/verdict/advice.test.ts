import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { REASONS } from '../../../shared/verdict/reasons.ts'
import { root } from '../../support/sources.ts'

/** Commands as the program itself registers them, read from its sources. */
function knownCommands(): Set<string> {
  const folders = ['agent/cli', 'agent/reflector', 'server']
  const texts = folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(root, folder, name), 'utf8')),
  )
  return new Set([...texts.join('\n').matchAll(/\.command\('([a-z]+)/g)].map(([, name]) => name!))
}

test('advice names only commands that exist', () => {
  const known = knownCommands()
  expect(known).toContain('check')
  const named = Object.values(REASONS).flatMap(({ advice }) =>
    [...advice.matchAll(/voip-ready ([a-z]+)/g)].map(([, name]) => name!),
  )
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((name) => !known.has(name))).toEqual([])
})
