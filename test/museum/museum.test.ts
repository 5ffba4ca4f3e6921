import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadProfile, loadSite } from '../../config/load.ts'
import { parseEnvelope } from '../../server/ingest/parse.ts'
import { Fault, type Refusal } from '../../shared/errors.ts'
import type { Result } from '../../shared/result.ts'
import { decodeControlHeader } from '../../shared/wire/control.ts'
import { decodeProbeBack, decodeProbeOut } from '../../shared/wire/probe.ts'
import { receiptCount } from '../../shared/wire/receipt.ts'
import { decodeRtp } from '../../shared/wire/rtp.ts'
import { sharedCollector, type TestCollector } from '../server/support/collector.ts'
import { envelope } from '../server/support/fixtures.ts'
import { root } from '../support/sources.ts'
import type { Door } from './exhibit.ts'
import { REQUESTS } from './http.ts'
import { PROFILES } from './profile.ts'
import { RECORDS } from './record.ts'
import { WIRE } from './wire.ts'

const FOLDER = join(root, 'test/museum')
const AREAS = ['wire', 'profile', 'record', 'http'] as const
const EXHIBITS = [...WIRE, ...PROFILES, ...RECORDS, ...REQUESTS]
let collector: TestCollector
beforeAll(async () => {
  collector = await sharedCollector()
  await collector.app.listen({ host: '127.0.0.1', port: 0 })
})

test('every file has a row that says why it is here, and every row a file', () => {
  const files = AREAS.flatMap((area) =>
    readdirSync(join(FOLDER, area)).map((name) => `${area}/${name}`),
  )
  expect(EXHIBITS.map(({ file }) => file).sort()).toEqual(files.sort())
  for (const { file, why } of EXHIBITS) expect(why.length, file).toBeGreaterThan(10)
})

/** How each door turns away what it was brought; `let in` when it does not. */
const DOORS: { readonly [D in Door]: (file: string) => Promise<string> | string } = {
  rtp: (file) => refusal(decodeRtp(datagram(file))),
  probe: (file) => {
    const found = refusal(decodeProbeOut(datagram(file), 0))
    expect(refusal(decodeProbeBack(datagram(file), 0))).toBe(found)
    return found
  },
  control: (file) => refusal(decodeControlHeader(datagram(file))),
  'receipt-count': (file) => refusal(receiptCount(datagram(file))),
  profile: (file) => faultOf(loadProfile(file)),
  site: (file) => faultOf(loadSite(file)),
  envelope: (file) => refusal(parseEnvelope(readFileSync(file), 0)),
  payload: (file) => refusal(parseEnvelope(Buffer.from(envelope(readFileSync(file))), 0)),
  request: (file) => ask(requestBytes(file)),
}

describe.each(AREAS)('%s', (area) => {
  const rows = EXHIBITS.filter(({ file }) => file.startsWith(`${area}/`))
  test.each(rows.map((row) => [row.file, row.why, row] as const))(
    '%s: %s',
    async (_file, _why, { file, door, refused }) => {
      const answer = await DOORS[door](join(FOLDER, file))
      if (area === 'wire' || area === 'record') expect(answer).toBe(refused)
      else expect(answer).toMatch(new RegExp(refused))
    },
  )
})

function refusal(found: Result<unknown, Pick<Refusal, never> & { readonly code: string }>): string {
  return found.ok ? 'let in' : found.error.code
}

async function faultOf(loading: Promise<unknown>): Promise<string> {
  try {
    await loading
    return 'let in'
  } catch (error) {
    if (error instanceof Fault) return error.message
    throw error
  }
}

function datagram(file: string): Uint8Array {
  const text = readFileSync(file, 'utf8').replaceAll(/#.*/g, '').replaceAll(/\s/g, '')
  return Buffer.from(text, 'hex')
}

function requestBytes(file: string): Buffer {
  const text = readFileSync(file, 'latin1').replaceAll('\n', '\r\n')
  const bytes = text.replaceAll(/\\x([0-9a-f]{2})/g, (_, two) =>
    String.fromCharCode(Number.parseInt(two, 16)),
  )
  return Buffer.from(bytes, 'latin1')
}

/** Says the bytes on a connection of their own; the status, once it is sure that it is a problem. */
async function ask(bytes: Buffer): Promise<string> {
  const { port } = collector.app.server.address() as AddressInfo
  const heard = await new Promise<string>((resolve, reject) => {
    const parts: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (part) => parts.push(part))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(parts).toString()))
  })
  expect(heard.toLowerCase()).toContain('content-type: application/problem+json')
  return /^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1] ?? 'no status'
}
