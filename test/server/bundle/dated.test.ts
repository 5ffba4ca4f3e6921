import { expect, test } from 'vitest'
import { loadProfile } from '../../../config/load.ts'
import { packBundle } from '../../../server/bundle/pack.ts'
import { Judging } from '../../../server/judging/judging.ts'
import { SignedJournal } from '../../../server/ledger/signed-journal.ts'
import { planEntries } from '../../../server/plans/entries.ts'
import { PlanDesk } from '../../../server/plans/plan-desk.ts'
import { openProfileBook } from '../../../server/profile-book.ts'
import { INTERVAL_MS } from '../../../shared/clock.ts'
import { evidenceOf } from '../../../shared/eligibility/evidence.ts'
import { exclusionsIn } from '../../../shared/eligibility/exclusions.ts'
import { type BundleLine, type LineOf, parseLine } from '../../../shared/evidence/bundle.ts'
import { keyIdOf, signPayload } from '../../../shared/evidence/dsse.ts'
import { type EntryBody, ROTATION_PAYLOAD_TYPE } from '../../../shared/evidence/entry.ts'
import { findingsDigest } from '../../../shared/evidence/findings-digest.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { examineBundle } from '../../../shared/evidence/verify.ts'
import { formatVkey, vkeyOf } from '../../../shared/evidence/vkey.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import { parsePlan } from '../../../shared/plan/parse-plan.ts'
import { shownValues } from '../../../shared/plan/secrets.ts'
import { digestOf } from '../../../shared/report/digest.ts'
import { headSection } from '../../../shared/report/head.ts'
import { judge } from '../../../shared/verdict/judge.ts'
import { JUDGING_RULES } from '../../../shared/verdict/rules.ts'
import { KEYS, newSigner, SIGNERS } from '../../support/evidence-world.ts'
import type { TestCollector } from '../support/collector.ts'
import { MINUTE, START } from '../support/fixtures.ts'
import { filled } from '../support/logged-world.ts'

const SECRET = 'c2VjcmV0LW9mLWxlZWRzLXRoaXJ0eS10d28tb2N0ZXRzIQ'
const { profile, sha256 } = await loadProfile('pureconnect-rcm')

interface Said {
  readonly maintenance?: readonly object[]
  readonly waive?: object
}

/** A plan whose values decide: with a line waived the findings are others. */
function planOf({ maintenance, ...site }: Said) {
  const end = { reflector: '192.0.2.1', key: `lab:${SECRET}` }
  const snmp = { address: '192.0.2.3', version: '2c', community: 'not-for-you' }
  const plan = parsePlan({
    format: 'voip-ready/plan/1',
    site: {
      ...{ format: 'voip-ready/site/1', site: 'leeds', profile: profile.id, switches: [snmp] },
      ...{ farEnds: { primary: end, secondary: { ...end, reflector: '192.0.2.2' } }, ...site },
    },
    profile: { id: profile.id, version: profile.version, sha256 },
    ...(maintenance === undefined ? {} : { maintenance }),
  })
  if (!plan.ok) throw new Error(JSON.stringify(plan.error))
  return plan.value
}
const WAIVED = { waive: { 'VRN-1': 'agreed between the two for this month' } }

const journalOf = ({ store, clock }: TestCollector) =>
  new SignedJournal(store.ledger, SIGNERS.log, () => clock.nowMs)

/** As the collector itself puts a plan: into the store, and what the log says of it with it. */
async function put(collector: TestCollector, site: Said): Promise<void> {
  const { store, clock } = collector
  const desk = new PlanDesk({
    ...{ store, profile: (hash) => (hash === sha256 ? { sha256, profile } : null) },
    ...{ journal: journalOf(collector), nowMs: () => clock.nowMs },
  })
  await desk.load()
  const put = await desk.put('leeds', planOf(site), desk.version('leeds'), 'noc')
  expect(put).toMatchObject({ ok: true, value: { outcome: 'stored' } })
}

/** As the roller enters a verdict: by the values that held when the quarter hour began. */
async function enterVerdict(collector: TestCollector, from: number): Promise<string> {
  const { store, clock } = collector
  const profiles = await openProfileBook(store, [], [], clock.nowMs)
  const plans = new PlanDesk({
    ...{ store, profile: profiles.profile, journal: null, nowMs: () => clock.nowMs },
  })
  await plans.load()
  const judging = new Judging({
    ...{ judge, profile: profiles.profile, site: () => null, store, nowMs: () => clock.nowMs },
    siteAt: (name, atMs) => plans.siteAt(name, atMs, atMs + INTERVAL_MS),
  })
  const endMs = from + INTERVAL_MS
  const asked = { site: 'leeds', fromMs: from, endMs, complete: true, fallback: sha256 }
  const { judged } = await judging.past(asked)
  if (judged.judgement === null) throw new Error('no judgement')
  const findingsSha256 = findingsDigest(nodeCrypto, judged.judgement.findings)
  await journalOf(collector).write({
    ...{ kind: 'verdict', site: 'leeds', from, to: endMs, findingsSha256, records: judged.records },
    ...{ overall: judged.judgement.overall, profileSha256: judged.profileSha256 },
    rules: JUDGING_RULES,
  })
  return findingsSha256
}

async function bundleOf({ app }: TestCollector, from: number, to: number): Promise<Buffer> {
  const time = [from, to].map((minute) => new Date(START + minute * MINUTE).toISOString())
  const url = `/api/v1/sites/leeds/bundle?from=${time[0]}&to=${time[1]}`
  const answer = await app.inject({ method: 'GET', url, headers: { host: '127.0.0.1:8460' } })
  expect(answer.statusCode).toBe(200)
  return answer.rawPayload
}

async function examined(bytes: Uint8Array) {
  const opened = openBundleFile(bytes)
  if (!opened.ok) throw new Error(opened.error)
  const whole = await examineBundle({ lines: opened.value.lines, tools: nodeTools, keys: KEYS })
  const lines: string[] = []
  for await (const some of opened.value.lines()) lines.push(...some.map(String))
  return { ...whole, text: lines.join('\n') }
}

/** Three quarter hours with a verdict on each; another plan comes in the middle of the second. */
async function makeChanged() {
  const digests: string[] = []
  const collector = await filled(47, {}, SIGNERS.log, undefined, {
    before: async (made, minute) => {
      if (minute === 0) await put(made, {})
      if (minute === 20) await put(made, WAIVED)
      if (minute === 16 || minute === 31 || minute === 46) {
        digests.push(await enterVerdict(made, START + (minute - 16) * MINUTE))
      }
    },
  })
  return {
    digests,
    whole: await bundleOf(collector, 0, 45),
    late: await bundleOf(collector, 30, 45),
  }
}
let once: ReturnType<typeof makeChanged> | null = null
const changed = () => {
  once ??= makeChanged()
  return once
}

test('another plan in the middle of a bundle: every quarter hour is judged by its own, and proven', async () => {
  const { digests, whole } = await changed()
  expect(new Set(digests).size).toBe(2)
  expect(digests[0]).toBe(digests[1])
  const { found, parts, text } = await examined(whole)
  expect(found.items.filter(({ severity }) => severity !== 'note')).toEqual([])
  expect(found.complete).toBe(true)
  const by = found.intervals.map(({ proven }) => proven.filter((one) => one.includes('plan')))
  expect(by).toEqual([1, 1, 2].map((n) => [`what the site was then, by plan ${n} in the log`]))
  const own = digests.map((_, at) => {
    const from = START + at * INTERVAL_MS
    return parts?.anew.of({ from, to: from + INTERVAL_MS })?.findingsSha256
  })
  expect(own).toEqual(digests)
  if (parts === null) throw new Error('no parts')
  // Reports and eligibility speak of each time by its own values.
  const digest = digestOf(parts)
  expect(digest.plans).toEqual([1, 2])
  const opened = { file: 'f', sha256: '', keys: KEYS, evidence: { found, parts } }
  expect(JSON.stringify(headSection(digest, opened))).toContain('plan 1, then plan 2')
  const evidence = evidenceOf({ found, parts }, KEYS)
  const waived = [0, 1, 2].map((n) => {
    const from = START + n * INTERVAL_MS
    return evidence?.siteAt({ from, to: from + INTERVAL_MS })?.waive !== undefined
  })
  expect(waived).toEqual([false, false, true])
  for (const secret of [SECRET, 'not-for-you']) expect(text).not.toContain(secret)
})

test('a bundle cut long after the plan came carries the plan and where the log says so', async () => {
  const { late } = await changed()
  const { found, text } = await examined(late)
  expect(found.items.filter(({ severity }) => severity !== 'note')).toEqual([])
  expect(found.intervals[0]?.proven).toContain('what the site was then, by plan 2 in the log')
  expect(text).not.toContain('"version":1,"from"')
})

test('what was left out long before is in the bundle of its time, with what was said of it since', async () => {
  const time = (minute: number) => new Date(START + minute * MINUTE).toISOString()
  const window = (id: string, from: number, to: number) => ({
    ...{ id, from: time(from), to: time(to), why: 'work on the core' },
  })
  const all = [window('mw-1', 20, 25), window('mw-2', 26, 28), window('mw-3', 300, 310)]
  const collector = await filled(32, {}, SIGNERS.log, undefined, {
    before: async (made, minute) => {
      if (minute === 0) await put(made, { maintenance: all })
      if (minute === 2) await put(made, { maintenance: [all[0] ?? {}] })
    },
  })
  const { found, parts } = await examined(await bundleOf(collector, 15, 30))
  expect(found.items.filter(({ severity }) => severity !== 'note')).toEqual([])
  const { from, to } = found
  expect(
    exclusionsIn(parts?.entries ?? [], { from, to }).map((one) => [one.id, one.applied]),
  ).toEqual([
    ['mw-1', true],
    ['mw-2', false],
    ['mw-2', false],
  ])
})

test('a collector that dates a plan back by an hour, and judges the bad hour by it, is shown', async () => {
  const collector = await filled(50, {}, SIGNERS.log, undefined, {
    before: async (made, minute) => {
      if (minute === 0) await put(made, {})
      if (minute === 16) await enterVerdict(made, START)
      if (minute !== 40) return
      // Into database and log under an instant that is over, then a softer verdict.
      const { store, clock } = made
      const lax = planOf(WAIVED)
      const stored = { site: 'leeds', sha256: 'c'.repeat(64), body: JSON.stringify(lax), by: 'noc' }
      const entered = { ...stored, version: 2, atMs: START - MINUTE }
      const journal = journalOf(made)
      const entries = planEntries(entered, planOf({}), lax).map((entry) => journal.prepare(entry))
      await store.plans.put({ ...stored, atMs: START - MINUTE }, 1, entries)
      clock.nowMs += 1000
      await enterVerdict(made, START)
    },
  })
  // As it gives it out: the plan of that hour is left out, and that is told.
  const given = await examined(await bundleOf(collector, 0, 45))
  const codes = ({ found }: typeof given, severity: string) => [
    ...new Set(found.items.filter((one) => one.severity === severity).map(({ code }) => code)),
  ]
  expect(codes(given, 'suspicious')).toEqual(['backdated-plan'])
  expect(codes(given, 'missing')).toContain('plan-values')
  expect(given.found.intervals[0]?.overall).toBeNull()
  // With that plan beside it the softer verdict is not what the hour's own plan gives.
  const lines = linesOf(given.text)
  const at = lines.findIndex((line) => line.kind === 'site' && line.plan !== undefined)
  const own = lines.find((line) => line.kind === 'entry' && line.payload.includes('"kind":"plan"'))
  const leaf = own?.kind === 'entry' ? own.index : null
  const plan = { version: 1, from: START + 1500, leaf }
  const whole = lines
    .toSpliced(at, 0, { kind: 'site', values: shownValues(planOf({}).site), plan })
    .filter(({ kind }) => kind !== 'end')
  const shown = await examined(packBundle(whole))
  expect(codes(shown, 'suspicious')).toEqual(['backdated-plan'])
  expect(codes(shown, 'missing')).toEqual([])
  expect(codes(shown, 'invalid')).toEqual(['verdict-differs'])
  expect(shown.found.intervals[0]?.proven).toContain('what the site was then, by plan 1 in the log')
  const differing = shown.found.items.filter(({ code }) => code === 'verdict-differs')
  // The verdict of its own time stands; the one in the log after it, and the bundle's, do not.
  expect(differing.filter(({ where }) => where.startsWith('leaf'))).toHaveLength(1)
  expect(differing.filter(({ where }) => where.startsWith('verdict'))).not.toHaveLength(0)
})

test('values that are not those of the log’s hash, or dated otherwise, are invalid', async () => {
  const { whole } = await changed()
  const { text } = await examined(whole)
  const lines = linesOf(text)
  const with2 = async (change: (line: LineOf<'site'>) => LineOf<'site'>) => {
    const edited = lines
      .filter(({ kind }) => kind !== 'end')
      .map((line) => (line.kind === 'site' && line.plan?.version === 2 ? change(line) : line))
    const { found } = await examined(packBundle(edited))
    return found.items.filter(({ severity }) => severity === 'invalid').map(({ code }) => code)
  }
  const edit = (plan: Partial<NonNullable<LineOf<'site'>['plan']>>) =>
    with2((line) => ({ ...line, ...(line.plan && { plan: { ...line.plan, ...plan } }) }))
  expect(await with2((line) => line)).toEqual([])
  expect(await edit({ from: START })).toContain('plan-dated')
  expect(await edit({ leaf: null })).toContain('plan-dated')
  expect(await with2((line) => ({ ...line, values: shownValues(planOf({}).site) }))).toContain(
    'plan-values',
  )
  expect(await edit({ version: 1 })).toContain('site-order')
})

const second = newSigner(SIGNERS.agent.name)
const third = newSigner(SIGNERS.agent.name)
const handover = (by: typeof second, key: typeof second): EntryBody => ({
  ...{ kind: 'rotate', site: 'leeds', agent: 'leeds-1' },
  key: formatVkey(vkeyOf(nodeCrypto, key)),
  previousKeyId: keyIdOf(by.publicKey, nodeCrypto),
  signature: Buffer.from(signPayload(by, ROTATION_PAYLOAD_TYPE, key.publicKey)).toString('base64'),
})

test('a bundle cut long after two changes of key verifies with the first key', async () => {
  const collector = await filled(50, {}, SIGNERS.log, undefined, {
    agentAt: (minute) => (minute < 3 ? SIGNERS.agent : minute < 6 ? second : third),
    before: async (made, minute) => {
      const { store, clock } = made
      const journal = journalOf(made)
      if (minute !== 3 && minute !== 6) return
      const [by, key] = minute === 3 ? [SIGNERS.agent, second] : [second, third]
      await journal.write(handover(by, key))
      const [keyId, previousKeyId] = [key, by].map(({ publicKey }) =>
        keyIdOf(publicKey, nodeCrypto),
      )
      const who = { site: 'leeds', agent: 'leeds-1', keyId: keyId ?? '', publicKey: key.publicKey }
      const times = { nowMs: clock.nowMs, expiresMs: clock.nowMs + 1e10 }
      const audit = { id: `r${minute}`, atMs: clock.nowMs, actor: 'test', action: 'agent.rotate' }
      const rotated = await store.access.rotateKey(
        { ...who, ...times, previousKeyId: previousKeyId ?? '' },
        { ...audit, site: 'leeds', detail: {} },
      )
      expect(rotated).toBe('rotated')
      // Other collectors hear of a key within a second.
      await new Promise((resolve) => setTimeout(resolve, 1100))
    },
  })
  const { found } = await examined(await bundleOf(collector, 30, 45))
  expect(found.items.map(({ code }) => code)).toEqual(['key-rotated', 'key-rotated'])
  expect(found.complete).toBe(true)
  expect(found.intervals[0]?.proven).toContain('15 records signed by the agent')
})

function linesOf(text: string): BundleLine[] {
  return text.split('\n').map((one) => {
    const read = parseLine(one)
    if (!read.ok) throw new Error(read.error)
    return read.value
  })
}
