import { describe, expect, test } from 'vitest'
import { packBundle } from '../../../server/bundle/pack.ts'
import type { LineOf } from '../../../shared/evidence/bundle.ts'
import type { Signer } from '../../../shared/evidence/crypto.ts'
import { namedKeys, wrongKeys } from '../../../shared/evidence/named-keys.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import type { TrustedKeys } from '../../../shared/evidence/verify-items.ts'
import { keysToGive } from '../../../shared/evidence/verify-reflectors.ts'
import { formatVkey, vkeyOf } from '../../../shared/evidence/vkey.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import { shownValues } from '../../../shared/plan/secrets.ts'
import type { Site } from '../../../shared/profile/site.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { MINUTE, START } from '../../server/support/fixtures.ts'
import {
  KEYS,
  newSigner,
  SIGNERS,
  signReceipt,
  siteNaming,
  worldLines,
} from '../../support/evidence-world.ts'

const written = (signer: Signer) => formatVkey(vkeyOf(nodeCrypto, signer))
const second = newSigner(SIGNERS.reflector.name)
const elsewhere = newSigner('voip-ready-reflector/elsewhere')
const ONE = written(SIGNERS.reflector)
const TWO = written(second)
const BLIND: TrustedKeys = { ...KEYS, reflector: [] }

interface World {
  /** Of no plan, and of plans by the minute in which they came. */
  readonly file?: Site
  readonly plans?: readonly (readonly [minute: number, site: Site])[]
  /** Who signs the receipts of a minute. */
  readonly signs?: (minute: number) => Signer
  readonly keys?: TrustedKeys
  readonly byPlan?: boolean
}

/** What verifying a quarter hour says of receipts and of named keys. */
async function verified(world: World) {
  const { file, plans = [], signs = () => SIGNERS.reflector, keys = BLIND, byPlan = true } = world
  const change = (one: AgentRecord, minute: number): AgentRecord => ({
    ...one,
    evidence: (one.evidence ?? []).map((stream) => ({
      ...stream,
      receipts: stream.receipts.map(({ payload }) =>
        signReceipt(signs(minute), {
          ...JSON.parse(String(Buffer.from(payload, 'base64'))),
          reflector: 'dc1',
        }),
      ),
    })),
  })
  const lines = worldLines({ minutes: 15, change, ...(file && { site: file }) })
  const at = lines.findIndex(({ kind }) => kind === 'site') + 1
  const told = plans.map(([minute, site], n): LineOf<'site'> => {
    const plan = { version: n + 1, from: START + minute * MINUTE, leaf: null }
    return { kind: 'site', values: shownValues(site), plan }
  })
  const opened = openBundleFile(packBundle(lines.toSpliced(at, 0, ...told)))
  if (!opened.ok) throw new Error(opened.error)
  const found = await verifyBundle({ lines: opened.value.lines, tools: nodeTools, keys, byPlan })
  const of = found.items.filter(({ code }) =>
    /reflector-key|receipt-signature|named-key/.test(code),
  )
  const count = (code: string) => of.filter((one) => one.code === code).length
  const minutes = new Set(of.map(({ time }) => ((time?.from ?? 0) - START) / MINUTE))
  return {
    found,
    of,
    count,
    codes: [...new Set(of.map(({ code }) => code))],
    minutes: [...minutes],
  }
}

describe('keys that a plan names, where the plan is trusted', () => {
  test('prove the receipts, of a plan that came in the middle of the time as well', async () => {
    const early = await verified({ plans: [[0, siteNaming([ONE])]] })
    expect([early.codes, early.found.intervals[0]?.proven[1]]).toEqual([
      [],
      '30 receipts signed by reflectors',
    ])
    const late = await verified({
      plans: [
        [0, siteNaming([])],
        [8, siteNaming([ONE])],
      ],
    })
    expect(late.codes).toEqual([])
  })

  test('that no plan but the site’s file names prove them where no plan held', async () => {
    expect((await verified({ file: siteNaming([ONE]) })).codes).toEqual([])
    // From the first minute on there was a plan, and it names none.
    const planned = await verified({ file: siteNaming([ONE]), plans: [[0, siteNaming([])]] })
    expect([planned.codes, planned.count('reflector-key')]).toEqual([['reflector-key'], 30])
  })

  test('count at their own far end alone', async () => {
    const { of, count } = await verified({ plans: [[0, siteNaming([ONE], [])]] })
    expect(count('reflector-key')).toBe(15)
    expect(of[0]?.what).toBe('the plan names no key of the reflector at secondary')
  })

  test('are two while a reflector changes its key, and nothing is missing', async () => {
    const signs = (minute: number) => (minute < 4 ? SIGNERS.reflector : second)
    const both = await verified({ signs, plans: [[0, siteNaming([ONE, TWO])]] })
    expect(both.codes).toEqual([])
    // Or one after the other, the plan some minutes behind the reflector.
    const plans = [
      [0, siteNaming([ONE])],
      [8, siteNaming([TWO])],
    ] as const
    expect((await verified({ signs, plans })).codes).toEqual([])
  })

  test('count some minutes longer than they are named, and then no more', async () => {
    const plans = [
      [0, siteNaming([ONE])],
      [8, siteNaming([TWO])],
    ] as const
    const { of, codes, minutes, found } = await verified({ plans })
    expect(codes).toEqual(['other-reflector-key'])
    expect(minutes).toEqual([13, 14])
    expect(of.every(({ severity }) => severity === 'suspicious')).toBe(true)
    expect([found.valid, found.complete]).toEqual([true, false])
  })

  test('that are not the one that signs make an open question, and no forgery', async () => {
    for (const other of [TWO, written(elsewhere)]) {
      const { of, codes, found } = await verified({ plans: [[0, siteNaming([other])]] })
      expect([codes, found.valid, found.complete]).toEqual([['other-reflector-key'], true, false])
      expect(of[0]?.what).toMatch(
        /^is signed for voip-ready-reflector\/dc1 by key [0-9a-f]{16}, and/,
      )
      // By hand such a key would make it one: the command that is printed leaves it out.
      const given = { ...BLIND, reflector: [vkeyOf(nodeCrypto, second)] }
      expect(keysToGive(given, found.items).reflector).toEqual([])
    }
    const same = await verified({ plans: [[0, siteNaming([ONE])]] })
    expect(keysToGive(KEYS, same.found.items)).toBe(KEYS)
  })

  test('do not excuse a receipt that was changed after it was signed', async () => {
    const bent = (signer: Signer): Signer => ({ ...signer, sign: () => new Uint8Array(64) })
    const signs = () => bent(SIGNERS.reflector)
    const { codes, found } = await verified({ signs, plans: [[0, siteNaming([ONE])]] })
    expect([codes, found.valid]).toEqual([['receipt-signature'], false])
  })
})

describe('keys that a plan names, for everybody else', () => {
  const plans = [[0, siteNaming([ONE])]] as const

  test('prove nothing, and are told as a claim with what to do about it', async () => {
    const { of, codes, count } = await verified({ plans, byPlan: false })
    expect([codes, count('reflector-key'), count('named-key')]).toEqual([
      ['reflector-key', 'named-key'],
      30,
      1,
    ])
    expect(of.at(-1)).toMatchObject({ severity: 'note', time: null })
    expect(of.at(-1)?.what).toBe(
      `plan 1 names a key of the reflector at primary and secondary: it is the provider's word; ask the reflector's operator whether it is his, then give --reflector-key '${ONE}'`,
    )
  })

  test('are not told of where they were given, and told to differ where others were', async () => {
    const given = await verified({ plans, byPlan: false, keys: KEYS })
    expect([given.codes, given.found.valid]).toEqual([[], true])
    const other = { ...BLIND, reflector: [vkeyOf(nodeCrypto, second)] }
    const { of, codes } = await verified({ plans, byPlan: false, keys: other })
    expect(codes).toEqual(['receipt-signature', 'named-key'])
    expect(of.at(-1)?.what).toContain('none of those given is that one')
  })
})

describe('what versions of a site name', () => {
  const held = (version: number, values: Site | null | undefined) => ({
    ...{ version, values, fromMs: version * 10 },
  })
  const spans = (...values: (Site | null | undefined)[]) =>
    namedKeys(
      values.map((one, at) => held(at + 1, one)),
      nodeCrypto,
    ).map(({ place, version, fromMs, untilMs }) => [place, version, fromMs, untilMs])

  test('is told with its first naming and its last', () => {
    const [one, none] = [siteNaming([ONE], []), siteNaming([])]
    expect(spans(none, one, one)).toEqual([['primary', 2, 20, null]])
    expect(spans(one, none, one, none)).toEqual([['primary', 1, 10, 40]])
    // A version that is not here takes nothing back.
    expect(spans(one, undefined)).toEqual([['primary', 1, 10, null]])
    expect(spans(one, null)).toEqual([['primary', 1, 10, 20]])
  })

  test('is told of the border of a segment as of a far end, and mistyped keys where they stand', () => {
    const segment = { name: 'lan', reflector: '192.0.2.3', port: 4000 }
    const bent = ONE.replace(/\+[0-9a-f]{8}\+/, '+00000000+')
    const site = { ...siteNaming([]), segments: [{ ...segment, reflectorKeys: [ONE] }] }
    expect(spans(site)).toEqual([['segment lan', 1, 10, null]])
    const wrong = { ...site, segments: [segment, { ...segment, reflectorKeys: [ONE, bent] }] }
    expect(wrongKeys(wrong, nodeCrypto)).toMatchObject([
      { path: ['segments', 1, 'reflectorKeys', 1] },
    ])
  })

  test('is a key only where its id is that of its own parts', () => {
    const bent = ONE.replace(/\+[0-9a-f]{8}\+/, '+00000000+')
    const [problem, ...more] = wrongKeys(siteNaming([ONE, bent], [ONE]), nodeCrypto)
    expect(more).toEqual([])
    expect(problem).toMatchObject({ path: ['farEnds', 'primary', 'reflectorKeys', 1] })
    expect(problem?.found).toContain('its key id is 00000000, and that of its parts ')
  })
})
