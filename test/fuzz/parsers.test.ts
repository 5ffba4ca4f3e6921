import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { readKeys } from '../../agent/reflector/keys.ts'
import { parseHead } from '../../agent/uplink/chain.ts'
import { openEnvelope } from '../../agent/uplink/envelope.ts'
import { Spool } from '../../agent/uplink/spool.ts'
import { loadProfile, loadSite } from '../../config/load.ts'
import { readYaml } from '../../config/yaml.ts'
import { readTokens } from '../../server/access/token-file.ts'
import { makeToken, proveToken } from '../../server/access/tokens.ts'
import { MAX_ENVELOPE_BYTES, parseEnvelope } from '../../server/ingest/parse.ts'
import { INGEST_REFUSALS } from '../../server/ingest/refusals.ts'
import { parseStrictJson } from '../../server/ingest/strict-json.ts'
import { unpackPayload } from '../../server/store/packed.ts'
import { EXIT, Fault } from '../../shared/errors.ts'
import { parseProfile, parseSite } from '../../shared/profile/parse.ts'
import { envelope, record } from '../server/support/fixtures.ts'
import { minimalProfile } from '../shared/profile/minimal.ts'
import { root } from '../support/sources.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { hostileBytes, hostileJson } from './hostile.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const oneOf = (...texts: readonly string[]) => fc.constantFrom(...texts.map(utf8))
const aRecord = record('a'.repeat(64))

/** Runs what may throw only a fault of the operator's, with one line that says where. */
function onlyFaults(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    expectFault(error)
  }
}

function expectFault(error: unknown): void {
  expect(error).toBeInstanceOf(Fault)
  if (!(error instanceof Fault)) return
  expect([EXIT.usage, EXIT.environment]).toContain(error.exit)
  expect(error.message).toMatch(/wanted .*, found /s)
}

describe('records', () => {
  const check = (bytes: Uint8Array) => {
    const found = parseEnvelope(bytes, 0)
    if (found.ok) {
      expect(found.value.row.sequence).toBeGreaterThan(0)
      const { packed, frame, frameAt } = found.value.row
      const base64 = unpackPayload(packed).toString('base64')
      const whole = frame.slice(0, frameAt) + base64 + frame.slice(frameAt)
      expect(Buffer.from(whole).equals(bytes), 'the envelope can be put back together').toBe(true)
    } else {
      expect(Object.keys(INGEST_REFUSALS)).toContain(found.error.code)
      expect(found.error.found.length).toBeLessThan(1000)
    }
  }
  test('a bent envelope is refused with a known code, or is still whole', () => {
    fc.assert(fc.property(hostileBytes(oneOf(envelope(aRecord))), check), { numRuns: 300 })
  })
  test('an envelope around a bent record too', () => {
    const bent = hostileJson(aRecord).map((value) => utf8(envelope(value)))
    const bentBytes = hostileBytes(oneOf(JSON.stringify(aRecord))).map((it) => utf8(envelope(it)))
    const small = (bytes: Uint8Array) => bytes.length <= MAX_ENVELOPE_BYTES
    fc.assert(fc.property(fc.oneof(bent, bentBytes).filter(small), check), { numRuns: 400 })
  })
  test('strict JSON reads what JSON.parse reads, or refuses; never anything else', () => {
    const texts = hostileBytes(oneOf('{"a":[1,{"b":"\\""}],"c":null}', '[[],"x:y",{}]'))
    fc.assert(
      fc.property(texts, (bytes) => {
        const found = parseStrictJson(bytes, 'it')
        if (found.ok) expect(found.value).toEqual(JSON.parse(Buffer.from(bytes).toString('utf8')))
      }),
      { numRuns: 1500 },
    )
  })
})

describe('files of the operator', () => {
  const inFile = (name: string) => {
    const file = join(temporaryDirectory(), name)
    return (bytes: Uint8Array) => {
      writeFileSync(file, bytes)
      chmodSync(file, 0o600)
      return file
    }
  }
  test('tokens: read, or one clear fault; and no text proves a token', () => {
    const { token, written } = makeToken({ role: 'agent', agent: 'a', site: 's' }, 1)
    const file = { format: 'voip-ready/tokens/1', tokens: [token] }
    const write = inFile('tokens.json')
    const bent = fc.oneof(
      hostileBytes(oneOf(JSON.stringify(file))),
      hostileJson(file).map((value) => utf8(JSON.stringify(value))),
    )
    fc.assert(
      fc.property(bent, (bytes) => onlyFaults(() => readTokens(write(bytes)))),
      { numRuns: 300 },
    )
    const known = new Map([[token.id, token]])
    const header = hostileBytes(oneOf(`Bearer ${written}`)).map((it) => Buffer.from(it).toString())
    fc.assert(
      fc.property(header, (text) => {
        const proven = proveToken(text, known)
        if (proven !== null) expect(text).toMatch(new RegExp(`^bearer +${written}$`, 'i'))
      }),
      { numRuns: 500 },
    )
  })
  test('access keys: read, or one clear fault', () => {
    const keys = { keys: [{ id: 'a', secret: 's'.repeat(32), made: '2026-01-01', revoked: null }] }
    const write = inFile('keys.json')
    const bent = fc.oneof(
      hostileBytes(oneOf(JSON.stringify(keys))),
      hostileJson(keys).map((value) => utf8(JSON.stringify(value))),
    )
    fc.assert(
      fc.property(bent, (bytes) => onlyFaults(() => readKeys(write(bytes)))),
      { numRuns: 300 },
    )
  })
  test('spooled envelopes and the head of the chain: read, or known to be no such thing', () => {
    const head = { boot: 'b', sequence: 1, previous: 'c'.repeat(64), ordinal: 7 }
    fc.assert(
      fc.property(hostileBytes(oneOf(envelope(aRecord))), (bytes) => {
        const found = openEnvelope(bytes)
        if (found.ok) JSON.parse(Buffer.from(found.value).toString())
      }),
      { numRuns: 300 },
    )
    fc.assert(
      fc.property(hostileBytes(oneOf(JSON.stringify(head))), (bytes) => {
        const found = parseHead(Buffer.from(bytes).toString())
        if (found !== undefined) expect(Number.isSafeInteger(found.ordinal)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a spool whose files were bent', () => {
  const NAMES = ['pending/000000000001-60000.json', 'pending/000000000002-120000.json', 'head.json']
  const window = { from: 180_000, to: 240_000 }
  const head = JSON.stringify({ boot: 'b', sequence: 2, previous: 'c'.repeat(64), ordinal: 2 })
  const file = hostileBytes(oneOf(envelope(aRecord), head))
  const limits = { maxBytes: 1e9, maxDays: 1000 }
  test('opens, sets aside what is no record, and records again under a number never used', () => {
    fc.assert(
      fc.property(fc.tuple(file, file, file), fc.nat(2), (files, sound) => {
        const folder = mkdtempSync(join(tmpdir(), 'voip-ready-test-'))
        mkdirSync(join(folder, 'pending'))
        const whole = [utf8(envelope(aRecord)), utf8(envelope(aRecord)), utf8(head)]
        for (const [i, name] of NAMES.entries()) {
          const bytes = i === sound ? whole[i] : files[i]
          writeFileSync(join(folder, name), bytes ?? new Uint8Array(0))
        }
        const spool = new Spool(folder, limits, randomUUID())
        const before = new Set(spool.pending)
        const kept = spool.append(window, (link) => Buffer.from(JSON.stringify(link)))
        expect(kept.ok && !before.has(kept.value)).toBe(true)
        for (const name of [...spool.pending]) {
          const record = spool.read(name)
          expect(record === undefined || openEnvelope(record.bytes).ok).toBe(true)
        }
        for (const name of [...spool.pending]) spool.delivered(name)
        expect(spool.pending).toEqual([])
        spool.close()
        rmSync(folder, { recursive: true })
      }),
      { numRuns: 120 },
    )
  })
})

describe('profiles and site files', () => {
  let profile: Uint8Array
  let site: Uint8Array
  beforeAll(async () => {
    profile = await readFile(join(root, 'config/profiles/pureconnect-lcm.yaml'))
    site = await readFile(join(root, 'config/examples/site.yaml'))
  })
  const problems = (found: ReturnType<typeof parseProfile> | ReturnType<typeof parseSite>) => {
    if (found.ok) return
    expect(found.error.length).toBeGreaterThan(0)
    for (const { wanted, found: was, repair } of found.error)
      expect([wanted, was, repair].every((text) => text.length > 0)).toBe(true)
  }
  test('a bent value is a profile, or everything wrong with it is said', () => {
    fc.assert(
      fc.property(hostileJson(minimalProfile()), (value) => problems(parseProfile(value))),
      { numRuns: 500 },
    )
  })
  test('a bent value is a site, or everything wrong with it is said', async () => {
    const read = await readYaml(Buffer.from(site).toString())
    const value = read.ok ? read.value.value : {}
    fc.assert(
      fc.property(hostileJson(value), (bent) => problems(parseSite(bent))),
      { numRuns: 500 },
    )
  })
  test('YAML: any text is a value or a problem with its line', async () => {
    const texts = hostileBytes(fc.constant(site)).map((bytes) => Buffer.from(bytes).toString())
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const found = await readYaml(text)
        if (found.ok) return
        expect(found.error.line).toBeGreaterThan(0)
        expect(found.error.wanted).not.toBe('')
      }),
      { numRuns: 150 },
    )
  })
  test('a bent file is loaded, or is a fault that names the file', async () => {
    const folder = temporaryDirectory()
    const load = async (
      name: string,
      bytes: Uint8Array,
      read: (file: string) => Promise<unknown>,
    ) => {
      const file = join(folder, name)
      writeFileSync(file, bytes)
      try {
        await read(file)
      } catch (error) {
        expectFault(error)
        expect((error as Fault).message).toContain(folder)
      }
    }
    await fc.assert(
      fc.asyncProperty(
        hostileBytes(fc.constant(profile)),
        hostileBytes(fc.constant(site)),
        async (p, s) => {
          await load('profile.yaml', p, loadProfile)
          await load('site.yaml', s, loadSite)
        },
      ),
      { numRuns: 40 },
    )
  })
})
