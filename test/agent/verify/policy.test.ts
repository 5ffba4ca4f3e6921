import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runVerify } from '../../../agent/verify/run.ts'
import { packBundle } from '../../../server/bundle/pack.ts'
import type { BundleLine } from '../../../shared/evidence/bundle.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { formatVkey, KEY_TYPE, vkeyOf } from '../../../shared/evidence/vkey.ts'
import { cosigned, newSigner, SIGNERS, worldLines } from '../../support/evidence-world.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

const A = newSigner('acme.example/w1')
const B = newSigner('other.example/w1')
const witnessKey = (of: typeof A) => formatVkey(vkeyOf(nodeCrypto, of, KEY_TYPE.cosignature))
const key = (of: typeof A) => formatVkey(vkeyOf(nodeCrypto, of))

/** A bundle whose checkpoints up to a size bear the cosignature of one witness. */
const cosignedBundle = (by: typeof A, upTo: number) =>
  cosigned(worldLines({ minutes: 15 }), by, upTo)

/** Verifies by files, as a person does. */
async function verify(lines: readonly BundleLine[], by: string | { readonly witness: typeof A }) {
  const folder = temporaryDirectory()
  writeFileSync(join(folder, 'a.bundle'), packBundle(lines))
  if (typeof by === 'string') writeFileSync(join(folder, 'policy'), by)
  const trust =
    typeof by === 'string'
      ? { logKey: [], witnessKey: [], policy: join(folder, 'policy') }
      : { logKey: [key(SIGNERS.log)], witnessKey: [witnessKey(by.witness)] }
  const options = {
    ...{
      agentKey: [key(SIGNERS.agent)],
      reflectorKey: [SIGNERS.reflector, SIGNERS.second].map(key),
    },
    ...{ ...trust, json: true },
  }
  let text = ''
  const code = await runVerify(join(folder, 'a.bundle'), options, (said) => {
    text += said
  })
  const found = JSON.parse(text)
  const codes = found.items.map((item: { severity: string; code: string }) =>
    [item.severity, item.code].join(' '),
  )
  return { code, found, codes: [...new Set(codes)] }
}

const policy = (quorum: string) =>
  [
    `log ${key(SIGNERS.log)}`,
    `witness acme ${witnessKey(A)}`,
    `witness other ${witnessKey(B)}`,
    'group both all acme other',
    `quorum ${quorum}`,
    '',
  ].join('\n')

test('with the quorum there every record is under it, and who cosigned is said', async () => {
  const { code, found, codes } = await verify(cosignedBundle(A, 1000), policy('acme'))
  expect(code).toBe(0)
  expect(codes).toEqual(['note quorum'])
  expect(found.items[0].what).toContain('cosigned by acme, not by other')
  expect(found.intervals[0].proven).toContain('15 records under the quorum of the policy')
})

test('where every witness cosigned nobody is named as lacking', async () => {
  const alone = `log ${key(SIGNERS.log)}\nwitness acme ${witnessKey(A)}\nquorum acme\n`
  const { found } = await verify(cosignedBundle(A, 1000), alone)
  expect(found.items[0].what).toMatch(/cosigned by acme$/)
})

test('a witness key without a policy says what it cosigned, and where that is nothing', async () => {
  const there = await verify(cosignedBundle(A, 17), { witness: A })
  expect(there.code).toBe(0)
  expect(there.found.items).toMatchObject([
    { severity: 'note', code: 'witness', where: 'checkpoint 17' },
  ])
  const stranger = await verify(cosignedBundle(A, 1000), { witness: B })
  expect(stranger.found.items).toMatchObject([
    { severity: 'note', where: 'other.example/w1', what: expect.stringContaining('no checkpoint') },
  ])
})

test('a policy file that is not there is a wrong usage, by its option', async () => {
  const asked = { agentKey: [], reflectorKey: [], logKey: [], witnessKey: [], policy: 'none' }
  await expect(runVerify('a.bundle', asked, () => {})).rejects.toMatchObject({
    ...{ exit: 3, where: '--policy none', found: 'no such file' },
  })
})

test('without it nothing is invalid, and what is missing is said by name', async () => {
  const { code, found, codes } = await verify(cosignedBundle(A, 1000), policy('both'))
  expect(code).toBe(2)
  expect(codes).toEqual(['missing quorum'])
  expect(found.items[0].what).toContain('cosigned by acme, not by other')
  expect(found.intervals[0].claimed).toContain('15 records without the quorum of the policy')
  expect(found.valid).toBe(true)
})

test('a witness that fell silent covers what came before, and no more', async () => {
  const { code, found, codes } = await verify(cosignedBundle(A, 17), policy('acme'))
  expect(code).toBe(2)
  expect(codes.sort()).toEqual(['missing quorum', 'note quorum'])
  const [interval] = found.intervals
  const under = interval.proven.find((line: string) => line.includes('under the quorum'))
  const rest = interval.claimed.find((line: string) => line.includes('without the quorum'))
  expect(Number.parseInt(under, 10) + Number.parseInt(rest, 10)).toBe(15)
  expect(interval.missing).toContain('quorum')
})

test('a forged cosignature makes the bundle invalid; one of nobody known counts for nothing', async () => {
  const forged = cosignedBundle(A, 1000).map((line) =>
    line.kind === 'checkpoint'
      ? { ...line, note: line.note.replace(/^(— acme\S+ .{20})./m, '$1!').replace('!', 'A') }
      : line,
  )
  const unlike = forged.filter(
    (line, at) => JSON.stringify(line) !== JSON.stringify(cosignedBundle(A, 1000)[at]),
  )
  expect(unlike.length).toBeGreaterThan(0)
  expect((await verify(forged, policy('acme'))).code).toBe(5)
  const stranger = newSigner('acme.example/w1')
  const strange = await verify(cosignedBundle(stranger, 1000), policy('acme'))
  expect(strange.code).toBe(2)
  expect(strange.codes).toEqual(['missing quorum'])
})

test('a policy that cannot be read is refused with its line', async () => {
  await expect(verify(cosignedBundle(A, 1000), 'quorum acme\n')).rejects.toThrow(/line 1/)
})
