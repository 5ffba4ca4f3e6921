import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { startReflector } from '../../../agent/reflector/start.ts'
import { besideOf } from '../../../agent/run/evidence.ts'
import { observe } from '../../../agent/run/observe.ts'
import { buildRecord, payloadOf } from '../../../agent/run/record.ts'
import { keepRows } from '../../../agent/run/window-rows.ts'
import { startStreams } from '../../../agent/stream/start.ts'
import type { ClosedWindow, StreamPlan } from '../../../agent/stream/types.ts'
import { packBundle } from '../../../server/bundle/pack.ts'
import type { BundleLine, LineOf } from '../../../shared/evidence/bundle.ts'
import { reflectorKeyName } from '../../../shared/evidence/key-names.ts'
import { nodeCrypto, signerFrom } from '../../../shared/evidence/node-crypto.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import { vkeyOf } from '../../../shared/evidence/vkey.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import { measureLimitsOf } from '../../../shared/profile/limits.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { profileWith } from '../../shared/verdict/scenes.ts'
import { KEYS, SIGNERS, worldLines } from '../../support/evidence-world.ts'
import { lossyRelay, type RelayManners } from '../../support/lossy-relay.ts'
import { leftOfMinute } from '../../support/minute.ts'
import { rowsLine } from '../../support/rows-world.ts'
import { collect, makeKey } from '../stream/lab.ts'

const pem = String(
  generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }),
)
const reflectorKey = signerFrom(reflectorKeyName('dc1'), pem)
const limits = measureLimitsOf(profileWith())
const MEASURED_MS = 4000
const HARSH = { lost: 0.08, doubled: 0.15, held: 0.1, holdMs: 120 }

interface Way {
  readonly engine: StreamPlan['engine']
  readonly calls: number
  readonly manners: RelayManners
}

/** Some seconds between a real agent and a real reflector: closed windows, and rows of both. */
async function measured({ engine, calls, manners }: Way) {
  // A window of a few packets, before any session was open, has no rows of the other side.
  await leftOfMinute(12_000)
  const { key, keysFile, remove } = makeKey()
  const theirs: Uint8Array[] = []
  const reflector = await startReflector({
    ...{ address: '127.0.0.1', port: 0, keysFile, engine },
    signing: { pem, name: 'dc1', version: '0.1.0', keepsRows: true },
    onRows: ({ bytes }) => theirs.push(bytes),
  })
  const relay = await lossyRelay(reflector.local.port, calls, manners)
  const address = { address: '127.0.0.1', port: relay.port }
  const codec = 'g711' as const
  const streams = startStreams({
    targets: [{ farEnd: 'primary', ...address, key, codec, calls, dscp: 46 }],
    ...{ engine, windows: 'minute', drainMs: 500 },
  })
  const done = collect(streams)
  await new Promise((ends) => setTimeout(ends, MEASURED_MS))
  await streams.stop()
  const { windows } = await done
  await reflector.stop()
  relay.close()
  remove()
  return { windows, theirs }
}

/** One record of each window as an agent makes it, and a bundle of them all with their rows. */
function bundleOf(windows: readonly ClosedWindow[], theirs: readonly Uint8Array[]) {
  const own: Uint8Array[] = []
  const ring = { offer: (_: unknown, bytes: Uint8Array) => own.push(bytes) > 0 }
  const change = (record: AgentRecord, at: number): AgentRecord => {
    const closed = windows[at]
    if (closed === undefined) throw new Error('no window')
    const { window, digest } = keepRows(closed, ring, { site: 'leeds', agent: 'leeds-1' })
    const head = { site: 'leeds', agent: 'leeds-1', version: '0.1.0', profile: record.profile }
    const { boot, sequence, previous } = record
    const { evidence, clock } = besideOf(window, digest)
    const { from, to } = window
    const minute = { from, to, monotonicMs: to - from, clock, evidence: [evidence] }
    const made = buildRecord(
      head,
      { ...minute, observations: [observe(window, limits, 'MPLS')] },
      { boot, sequence, previous, dropped: null },
    )
    return JSON.parse(Buffer.from(payloadOf(made)).toString()) as AgentRecord
  }
  const signers = { ...SIGNERS, reflector: reflectorKey }
  const lines = worldLines({ minutes: windows.length, signers, change })
  const rows = [...own, ...theirs]
    .map(rowsLine)
    .sort((a, b) => placeIn(lines, a) - placeIn(lines, b))
  const from = Math.min(...windows.map((one) => one.from))
  const to = Math.max(...windows.map((one) => one.to))
  const whole = lines.map((line): BundleLine => {
    if (line.kind !== 'manifest') return line
    const { keys, ...rest } = line
    return { ...rest, from, to, rows: rows.length, keys }
  })
  return [...whole, ...rows]
}

/** Rows of one window stand together: by the record that names them. */
function placeIn(lines: readonly BundleLine[], { sha256 }: LineOf<'rows'>): number {
  return lines.findIndex((line) => {
    if (line.kind !== 'record') return false
    const { evidence = [] } = JSON.parse(line.payload) as AgentRecord
    const receipts = evidence.flatMap((one) => one.receipts.map(({ payload }) => payload))
    const said = receipts.map((payload) => Buffer.from(payload, 'base64').toString())
    return [line.payload, ...said].some((text) => text.includes(sha256))
  })
}

async function verified(lines: readonly BundleLine[]) {
  const opened = openBundleFile(packBundle(lines))
  if (!opened.ok) throw new Error(opened.error)
  const keys = { ...KEYS, reflector: [vkeyOf(nodeCrypto, reflectorKey)] }
  return verifyBundle({ lines: opened.value.lines, tools: nodeTools, keys })
}

test.concurrent.each([
  [
    'a clean way, one call',
    { engine: 'auto', calls: 1, manners: { ...HARSH, lost: 0, doubled: 0, held: 0 } },
  ],
  ['loss, copies and reordering, one call', { engine: 'auto', calls: 1, manners: HARSH }],
  ['the same with the engine that runs anywhere', { engine: 'dgram', calls: 1, manners: HARSH }],
  ['the same with three calls', { engine: 'auto', calls: 3, manners: HARSH }],
] as const)(
  'honest parties are never contradicted by their own rows: %s',
  { timeout: 60_000 },
  async (_, way) => {
    const { windows, theirs } = await measured(way)
    expect(windows.some(({ streams }) => streams.some((one) => one.receipt !== null))).toBe(true)
    await expectAgreed(windows, theirs)
    // Receipts that came and went astray: of one of several calls, or of the only one.
    const without = windows.map((window) => ({
      ...window,
      streams: window.streams.map((one, call) => (call === 0 ? { ...one, receipt: null } : one)),
    }))
    await expectAgreed(without, theirs)
  },
)

async function expectAgreed(windows: readonly ClosedWindow[], theirs: readonly Uint8Array[]) {
  const found = await verified(bundleOf(windows, theirs))
  const told = found.items.filter(
    ({ code, severity }) => code.startsWith('rows') && severity !== 'note',
  )
  expect(told.map(({ code, what }) => `${code}: ${what}`)).toEqual([])
  expect(found.rows?.length).toBe(windows.length)
  for (const window of found.rows ?? [])
    expect(window).toMatchObject({ agent: 'rows', reflector: 'rows', disputed: [] })
}
