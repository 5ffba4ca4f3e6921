import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packBundle } from '../../../server/bundle/pack.ts'
import type { BundleLine } from '../../../shared/evidence/bundle.ts'
import { keyIdOf, signPayload } from '../../../shared/evidence/dsse.ts'
import { type EntryBody, ROTATION_PAYLOAD_TYPE } from '../../../shared/evidence/entry.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { objectOf } from '../../../shared/evidence/plain.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import type { TrustedKeys } from '../../../shared/evidence/verify-items.ts'
import { formatVkey, vkeyOf } from '../../../shared/evidence/vkey.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import type { AgentRecord, Fork } from '../../../shared/record/record.ts'
import { JUDGING_RULES } from '../../../shared/verdict/rules.ts'
import { MINUTE, START } from '../../server/support/fixtures.ts'
import { KEYS, newSigner, receipt, SIGNERS, worldLines } from '../../support/evidence-world.ts'
import { seededRandom } from '../../support/random.ts'
import { RUNS, SEED } from '../../support/seed.ts'
import { leaves, ToyLog } from '../../support/toy-log.ts'

async function verified(lines: readonly BundleLine[], keys: TrustedKeys = KEYS) {
  const opened = openBundleFile(packBundle(lines))
  if (!opened.ok) throw new Error(opened.error)
  return verifyBundle({ lines: opened.value.lines, tools: nodeTools, keys })
}

const codes = (found: Awaited<ReturnType<typeof verified>>, severity: string) => [
  ...new Set(found.items.filter((item) => item.severity === severity).map(({ code }) => code)),
]
const good = worldLines({ minutes: 15 })

test('an honest bundle is proven whole, and its bytes are the same each time', async () => {
  const found = await verified(good)
  expect(found.items).toEqual([])
  expect(found).toMatchObject({ valid: true, complete: true, records: 15 })
  expect(found.intervals[0]?.proven).toContain('30 receipts signed by reflectors')
  expect(Buffer.from(packBundle(good)).equals(packBundle(good))).toBe(true)
})

test('a bundle of another format is refused by its name', () => {
  const bytes = Buffer.from(packBundle(good))
  for (const other of [2, 4]) {
    bytes.write(`voip-ready/bundle/${other}`)
    expect(openBundleFile(bytes)).toMatchObject({
      error: expect.stringContaining(`a bundle of format ${other}: this program reads 3`),
    })
  }
})

test('a file that ends in its first line is not called one of another format', () => {
  const cut = packBundle(good).subarray(0, 40)
  const error = 'its first line was changed or cut short; get it again'
  expect(openBundleFile(cut)).toMatchObject({ ok: false, error })
})

test('what the site was is the collector’s word where no entry of the log names its hash', async () => {
  const word = "what the site was then, on the collector's word"
  expect((await verified(good)).intervals[0]?.claimed).toContain(word)
  // An entry as it was before it named the values: the date is borne out, what the plan says is not.
  const plan: EntryBody = {
    ...{ kind: 'plan', site: 'leeds', version: 3, sha256: 'a'.repeat(64), by: 'noc' },
  }
  const lines = worldLines({ minutes: 16, entries: (minute) => (minute === 2 ? [plan] : []) })
  const leaf = lines.find((line) => line.kind === 'entry' && line.payload.includes('"plan"'))
  const site = lines.findIndex(({ kind }) => kind === 'site')
  const dated = (change: object): BundleLine[] => {
    const line = lines[site]
    if (line?.kind !== 'site' || leaf?.kind !== 'entry') throw new Error('no plan')
    const from = START + 3 * MINUTE + 1000
    const held = { version: 3, from, leaf: leaf.index, ...change }
    return lines.toSpliced(site + 1, 0, { ...line, plan: held })
  }
  const found = await verified(dated({}))
  expect([found.valid, codes(found, 'missing')]).toEqual([true, ['plan-unproven']])
  expect(found.intervals[0]?.claimed).toContain(word)
  expect(codes(await verified(dated({ from: START - 3_600_000 })), 'invalid')).toEqual([
    'plan-dated',
  ])
  // A plan that the log names and the bundle does not show: nothing is judged by a guess.
  const hidden = await verified(lines)
  expect(codes(hidden, 'missing')).toEqual(['plan-values'])
  expect(hidden.intervals.map(({ overall }) => overall)).toEqual([null, null])
})

test('without keys nothing is proven, and that is said', async () => {
  const found = await verified(good, { agent: [], reflector: [], log: [], witness: [] })
  expect(found.complete).toBe(false)
  expect(codes(found, 'missing')).toEqual(
    expect.arrayContaining(['agent-key', 'reflector-key', 'checkpoint-signature']),
  )
})

test('the provider drops a bad hour and signs his whole log anew: chain and agents tell', async () => {
  const found = await verified(
    worldLines({ minutes: 15, hide: (minute) => minute >= 4 && minute < 7 }),
  )
  expect(codes(found, 'invalid')).toEqual(['fork'])
  expect(codes(found, 'missing')).toContain('sequence-hole')
})

test('a record cut out of the file leaves a hole in the log', async () => {
  const at = good.findIndex((line) => line.kind === 'record' && line.index > 10)
  const found = await verified(good.toSpliced(at, 1))
  expect(codes(found, 'invalid')).toEqual(expect.arrayContaining(['log-order', 'checkpoint-place']))
})

test('a counter edited by the customer breaks his own signature and the log', async () => {
  const edited = good.map((line) =>
    line.kind === 'record' && line.index > 10
      ? { ...line, payload: line.payload.replace('"received":3000', '"received":2999') }
      : line,
  )
  expect(codes(await verified(edited), 'invalid')).toEqual(
    expect.arrayContaining(['record-signature', 'checkpoint-root']),
  )
})

test('a log signed by another key is no log of ours', async () => {
  const signers = { ...SIGNERS, log: newSigner(SIGNERS.log.name) }
  const found = await verified(worldLines({ minutes: 2, signers }))
  expect(codes(found, 'invalid')).toEqual(['entry-signature', 'checkpoint-signature'])
})

test('a forged receipt is not the reflector’s', async () => {
  const forger = newSigner(SIGNERS.reflector.name)
  const found = await verified(
    worldLines({
      minutes: 3,
      change: (one, minute) => ({
        ...one,
        evidence: (one.evidence ?? []).map((each) => ({
          ...each,
          receipts: [{ ...receipt(forger, one.window.from, minute, each.farEnd) }],
        })),
      }),
    }),
  )
  expect(codes(found, 'invalid')).toEqual(['receipt-signature'])
})

test('a stepped clock shows against the monotonic one', async () => {
  const found = await verified(
    worldLines({
      minutes: 4,
      change: (one, minute) =>
        minute < 2 || one.clock === undefined
          ? one
          : {
              ...one,
              clock: {
                ...one.clock,
                monotonicFromMs: one.clock.monotonicFromMs - 5000,
                monotonicToMs: one.clock.monotonicToMs - 5000,
              },
            },
    }),
  )
  expect(codes(found, 'suspicious')).toEqual(['clock-step'])
})

test('a split view: the agent saw another log of that size', async () => {
  const found = await verified(
    worldLines({
      minutes: 4,
      change: (one) =>
        one.seen === undefined || one.sequence !== 3
          ? one
          : { ...one, seen: { ...one.seen, root: Buffer.alloc(32, 7).toString('base64') } },
    }),
  )
  expect(codes(found, 'invalid')).toEqual(['fork'])
})

test('two heads of one size, both signed by the log, stand in a record: the fork is proven', async () => {
  const honest = new ToyLog(SIGNERS.log, leaves(0, 9))
  const forked = honest.fork(3, ...leaves(20, 26))
  const fork = { kept: honest.note(), shown: forked.note(), noticedMs: START }
  const saying = (kind: Fork['kind'], change: Partial<Fork> = {}) =>
    verified(
      worldLines({
        minutes: 4,
        change: (one, minute) =>
          minute < 2 ? one : { ...one, fork: { ...fork, kind, ...change } },
      }),
    )
  const found = await saying('two-roots')
  expect(codes(found, 'invalid')).toEqual(['fork-proven'])
  expect(found.items).toHaveLength(1)
  // What the log's key did not sign twice over is the agent's word, and never makes a bundle invalid.
  const longer = await saying('unproven', { shown: honest.fork(3, ...leaves(20, 30)).note() })
  expect(codes(longer, 'suspicious')).toEqual(['fork-claimed'])
  expect(longer.valid).toBe(true)
  const shorter = await saying('rolled-back', { shown: honest.note(5) })
  expect(codes(shorter, 'suspicious')).toEqual(['rolled-back'])
  const forged = new ToyLog(newSigner(SIGNERS.log.name), leaves(20, 29))
  const framed = await saying('two-roots', { shown: forged.note() })
  expect(codes(framed, 'suspicious')).toEqual(['fork-claimed'])
  expect(framed.valid).toBe(true)
})

test('an agent cloned, or an old backup of it restored: two records at one place', async () => {
  const found = await verified(
    worldLines({
      minutes: 4,
      change: (one, minute) => (minute === 3 ? { ...one, sequence: 3 } : one),
    }),
  )
  expect(codes(found, 'invalid')).toContain('clone')
})

test('an exclusion that was entered afterwards is shown as backdated', async () => {
  const found = await verified(
    worldLines({
      minutes: 4,
      entries: (minute) =>
        minute === 3
          ? [
              {
                kind: 'exclusion',
                site: 'leeds',
                id: 'm1',
                from: START,
                to: START + MINUTE,
                cause: 'maintenance',
                why: 'planned',
                by: 'noc',
                withdrawn: false,
              },
            ]
          : [],
    }),
  )
  expect(codes(found, 'suspicious')).toEqual(['backdated-exclusion'])
})

test('a record of another site is out of place', async () => {
  const found = await verified(
    worldLines({ minutes: 2, change: (one) => ({ ...one, site: 'york' }) }),
  )
  expect(codes(found, 'invalid')).toContain('other-site')
})

const MUTATIONS = 1000 * RUNS

function randomFrom(seed: number) {
  const random = seededRandom(seed)
  return (below: number) => Math.floor(random() * below)
}

test(`${MUTATIONS} random bit flips anywhere in the file are all refused`, async () => {
  const bytes = Buffer.from(packBundle(good))
  const random = randomFrom(SEED)
  const passed: number[] = []
  for (let n = 0; n < MUTATIONS; n += 1) {
    const bit = random(bytes.length * 8)
    const mutant = Buffer.from(bytes)
    mutant[bit >> 3] = (mutant[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    if (openBundleFile(mutant).ok) passed.push(bit)
  }
  expect(passed).toEqual([])
})

const STRUCTURED = Math.ceil(MUTATIONS / 10)
// A checkpoint left out is no mutant: later ones cover the same envelopes.
test(`${STRUCTURED} mutants of envelopes, packed anew with right hashes, are all found`, async () => {
  const lines = worldLines({ minutes: 3 })
  const places = lines.flatMap((line, at) => (/record|entry/.test(line.kind) ? [at] : []))
  const random = randomFrom(SEED)
  const passed: string[] = []
  for (let n = 0; n < STRUCTURED; n += 1) {
    const at = places[random(places.length)] ?? 0
    const other = places[random(places.length)] ?? 0
    const kind = ['remove', 'repeat', 'swap', 'replace', 'edit'][n % 5] ?? ''
    const mutant = mutated(lines, { kind, at, other, random })
    if (JSON.stringify(mutant) === JSON.stringify(lines)) continue
    if ((await verified(mutant)).complete) passed.push(`${kind} ${at} ${other}`)
  }
  expect(passed).toEqual([])
})

function mutated(
  lines: readonly BundleLine[],
  how: {
    readonly kind: string
    readonly at: number
    readonly other: number
    readonly random: (below: number) => number
  },
): BundleLine[] {
  const { kind, at, other, random } = how
  const line = lines[at]
  const stranger = lines[other]
  if (line === undefined || stranger === undefined) return [...lines]
  if (kind === 'remove') return lines.toSpliced(at, 1)
  if (kind === 'repeat') return lines.toSpliced(other, 0, line)
  if (kind === 'swap') return lines.with(at, stranger).with(other, line)
  if (kind === 'replace') return lines.with(at, stranger)
  if (line.kind !== 'record' && line.kind !== 'entry') return lines.toSpliced(at, 1)
  const place = random(line.payload.length)
  const digit = /[0-8]/.test(line.payload[place] ?? '') ? '9' : 'x'
  const payload = line.payload.slice(0, place) + digit + line.payload.slice(place + 1)
  return lines.with(at, { ...line, payload })
}

test('what names a member twice says two things, and is evidence of neither', async () => {
  const lines = worldLines({ minutes: 2 })
  const twice = (text: string, name: string) => text.replace(`"${name}":`, `"${name}":0,"${name}":`)
  const record = lines.find((line) => line.kind === 'record')
  const entry = lines.find((line) => line.kind === 'entry')
  if (record === undefined || entry === undefined) throw new Error('no leaf')
  const withChange = (line: BundleLine, change: object) =>
    lines.map((one) => (one === line ? { ...line, ...change } : one)) as BundleLine[]
  const told = async (changed: readonly BundleLine[]) => codes(await verified(changed), 'invalid')
  for (const name of ['observations', 'sequence', 'lost'])
    expect(await told(withChange(record, { payload: twice(record.payload, name) }))).toContain(
      'record-form',
    )
  expect(await told(withChange(record, { frame: twice(record.frame, 'signatures') }))).toContain(
    'record-form',
  )
  expect(await told(withChange(entry, { payload: twice(entry.payload, 'at') }))).toContain(
    'entry-form',
  )
})

test('a receipt that names a count twice cannot be read', async () => {
  const change = (one: AgentRecord): AgentRecord => ({
    ...one,
    evidence: (one.evidence ?? []).map((own) => ({
      ...own,
      receipts: own.receipts.map((each) => {
        const text = Buffer.from(each.payload, 'base64').toString()
        const payload = text.replace('"received":', '"received":2000,"received":')
        return { ...each, payload: Buffer.from(payload).toString('base64') }
      }),
    })),
  })
  expect(codes(await verified(worldLines({ minutes: 1, change })), 'invalid')).toEqual([
    'receipt-form',
  ])
})

test('a reflector’s signed counts that are not the agent’s are told', async () => {
  const change = (one: AgentRecord): AgentRecord => ({
    ...one,
    observations: one.observations.map((seen) => {
      if (seen.kind !== 'stream' || seen.farEnd !== 'primary') return seen
      const { out } = seen.legs
      const loss = { ...out.loss, received: out.loss.received - 50, lost: out.loss.lost + 50 }
      return { ...seen, legs: { ...seen.legs, out: { ...out, loss } } }
    }),
  })
  const found = await verified(worldLines({ minutes: 2, change }))
  expect(codes(found, 'suspicious')).toContain('disagreement')
})

test('a profile or site values that are none are invalid, and never more than that', async () => {
  const texts = fc.oneof(fc.string(), fc.json(), fc.constant('{"format":1}'), fc.constant('null'))
  // An object is what a later build may have written; beside what a site is nothing tells.
  const isObject = (text: string) => objectOf(text) !== null
  await fc.assert(
    fc.asyncProperty(texts, texts, async (body, values) => {
      const lines = worldLines({ minutes: 1 }).map((line): BundleLine => {
        if (line.kind === 'profile') return { ...line, body }
        return line.kind === 'site' ? { ...line, values } : line
      })
      const found = await verified(lines)
      const wrong = codes(found, 'invalid')
      expect(wrong.includes('site-form')).toBe(!isObject(values))
      expect(codes(found, 'missing').includes('site-unread')).toBe(isObject(values))
      expect(found.intervals.every(({ overall }) => overall === null)).toBe(true)
      expect(wrong.some((code) => code === 'profile-form' || code === 'profile-hash')).toBe(true)
    }),
    { numRuns: 40 },
  )
})

test('a verdict that the collector entered and its records do not bear out is found', async () => {
  const stated = async (rules: object) => {
    const entries = (minute: number): readonly EntryBody[] =>
      minute !== 14
        ? []
        : [
            {
              ...{ kind: 'verdict', site: 'leeds', from: START, to: START + 15 * MINUTE },
              ...{ overall: 'READY', profileSha256: 'a'.repeat(64), records: 15 },
              ...{ findingsSha256: 'b'.repeat(64), ...rules },
            },
          ]
    const found = await verified(worldLines({ minutes: 15, entries }))
    return [codes(found, 'invalid'), codes(found, 'missing')]
  }
  expect(await stated({ rules: JUDGING_RULES })).toEqual([['verdict-differs'], []])
  // What another build judged by other rules is no forgery: nobody can tell by these.
  for (const rules of [{ rules: JUDGING_RULES + 1 }, {}]) {
    expect(await stated(rules)).toEqual([[], ['verdict-rules']])
  }
})

test('records that nobody dates: without a word of what was seen, hidden hours show as a hole alone', async () => {
  const change = ({ seen: _, ...one }: AgentRecord): AgentRecord => one
  const found = await verified(worldLines({ minutes: 8, change, hide: (minute) => minute === 4 }))
  expect(codes(found, 'invalid')).toEqual([])
  expect(codes(found, 'missing')).toEqual(expect.arrayContaining(['sequence-hole', 'nothing-seen']))
})

const agentName = 'leeds-1'
const next = newSigner(SIGNERS.agent.name)
const rotation = (by = SIGNERS.agent, key = next): EntryBody => ({
  ...{ kind: 'rotate', site: 'leeds', agent: agentName },
  key: formatVkey(vkeyOf(nodeCrypto, key)),
  previousKeyId: keyIdOf(by.publicKey, nodeCrypto),
  signature: Buffer.from(signPayload(by, ROTATION_PAYLOAD_TYPE, key.publicKey)).toString('base64'),
})
const rotated = (entry: EntryBody) =>
  worldLines({
    minutes: 6,
    agentAt: (minute) => (minute < 3 ? SIGNERS.agent : next),
    entries: (minute) => (minute === 2 ? [entry] : []),
  })

test('a key that the old one handed over to is trusted from there on, and that is told', async () => {
  const found = await verified(rotated(rotation()))
  expect(codes(found, 'note')).toEqual(['key-rotated'])
  expect(found.complete).toBe(true)
  expect(found.intervals[0]?.proven).toContain('6 records signed by the agent')
})

test('a key that the collector names without the old one’s hand is nobody’s', async () => {
  const forged = { ...rotation(), signature: Buffer.alloc(64, 7).toString('base64') } as EntryBody
  expect(codes(await verified(rotated(forged)), 'invalid')).toEqual([
    'rotation-signature',
    'record-signature',
  ])
  const stranger = newSigner(SIGNERS.agent.name)
  const found = await verified(rotated(rotation(stranger)))
  expect(codes(found, 'missing')).toContain('rotation-unknown')
  expect(codes(found, 'invalid')).toEqual(['record-signature'])
})

test('what comes after its key was taken back needs an explanation, and is not proven', async () => {
  const revoke: EntryBody = {
    ...{ kind: 'revoke', site: 'leeds', agent: agentName, by: 'noc', why: 'stolen' },
    keyId: keyIdOf(SIGNERS.agent.publicKey, nodeCrypto),
  }
  const lines = worldLines({ minutes: 4, entries: (minute) => (minute === 1 ? [revoke] : []) })
  const found = await verified(lines)
  expect(codes(found, 'suspicious')).toEqual(['revoked-key'])
  expect(found.items.filter(({ code }) => code === 'revoked-key')).toHaveLength(2)
  expect(found.intervals[0]?.proven).toContain('2 records signed by the agent')
})

test('one bad signature in a long chain is found, and proves nothing; those before it stand', async () => {
  const stranger = newSigner(SIGNERS.agent.name)
  for (const bad of [0, 5, 63, 64, 79]) {
    // The stranger names the agent's own key: only the signature tells.
    const lines = worldLines({
      minutes: 80,
      agentAt: (minute) =>
        minute === bad ? { ...SIGNERS.agent, sign: stranger.sign } : SIGNERS.agent,
    })
    const found = await verified(lines)
    const last = bad === 63 || bad === 79
    // A later record of the agent names the bytes of the others: they are its own whatever stands beside.
    expect(codes(found, 'invalid')).toEqual(last ? ['record-signature'] : [])
    const proven = found.intervals.flatMap((one) => one.proven).join()
    expect(proven.match(/(\d+) records signed/g)?.length).toBe(6)
  }
})
