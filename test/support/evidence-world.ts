import { generateKeyPairSync } from 'node:crypto'
import { BUNDLE_FORMAT, type BundleLine } from '../../shared/evidence/bundle.ts'
import { formatCheckpoint } from '../../shared/evidence/checkpoint.ts'
import { cosign } from '../../shared/evidence/cosignature.ts'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { keyIdOf, signPayload } from '../../shared/evidence/dsse.ts'
import { ENTRY_PAYLOAD_TYPE, type EntryBody } from '../../shared/evidence/entry.ts'
import { agentKeyName, logKeyName, reflectorKeyName } from '../../shared/evidence/key-names.ts'
import { appendLeaf, EMPTY_RANGE, leafHash, rangeRoot } from '../../shared/evidence/merkle.ts'
import { nodeCrypto, signerFrom } from '../../shared/evidence/node-crypto.ts'
import { signatureLine, signNote } from '../../shared/evidence/note.ts'
import type { TrustedKeys } from '../../shared/evidence/verify-items.ts'
import { vkeyOf } from '../../shared/evidence/vkey.ts'
import { canonicalJson, profileIdentity } from '../../shared/profile/canonical.ts'
import { parseSite } from '../../shared/profile/parse.ts'
import type { Profile } from '../../shared/profile/schema.ts'
import type { Site } from '../../shared/profile/site.ts'
import { RECEIPT_PAYLOAD_TYPE } from '../../shared/record/receipt.ts'
import { type AgentRecord, RECORD_PAYLOAD_TYPE } from '../../shared/record/record.ts'
import { BOOT, MINUTE, record, START } from '../server/support/fixtures.ts'
import { profileWith, siteWith } from '../shared/verdict/scenes.ts'

export const sha256hex = (bytes: Uint8Array) =>
  Buffer.from(nodeCrypto.sha256(bytes)).toString('hex')

/** A key of its own for this run, under a name. */
export function newSigner(name: string): Signer {
  const { privateKey } = generateKeyPairSync('ed25519')
  return signerFrom(name, String(privateKey.export({ format: 'pem', type: 'pkcs8' })))
}

/** An envelope cut as a bundle keeps it, and its text. */
export function sealed(signer: Signer, payloadType: string, payload: string) {
  const bytes = Buffer.from(payload)
  const signature = Buffer.from(signPayload(signer, payloadType, bytes)).toString('base64')
  const keyid = keyIdOf(signer.publicKey, nodeCrypto)
  const empty = { payloadType, payload: '', signatures: [{ keyid, sig: signature }] }
  const frame = JSON.stringify(empty)
  const at = frame.indexOf('"payload":"') + '"payload":"'.length
  const base64 = bytes.toString('base64')
  return { frame, at, payload, text: frame.slice(0, at) + base64 + frame.slice(at) }
}

export const SIGNERS = {
  agent: newSigner(agentKeyName('leeds', 'leeds-1')),
  reflector: newSigner(reflectorKeyName('dc1')),
  second: newSigner(reflectorKeyName('dc2')),
  log: newSigner(logKeyName('collector', 1)),
}

/** What the verifying party holds: the keys of SIGNERS. */
export const KEYS: TrustedKeys = {
  agent: [vkeyOf(nodeCrypto, SIGNERS.agent)],
  reflector: [SIGNERS.reflector, SIGNERS.second].map((one) => vkeyOf(nodeCrypto, one)),
  log: [vkeyOf(nodeCrypto, SIGNERS.log)],
  witness: [],
}

export interface WorldOptions {
  readonly minutes: number
  readonly signers?: typeof SIGNERS
  /** Who signs a minute's record; left out: the agent of `signers`. */
  readonly agentAt?: (minute: number) => Signer
  /** Judged by this instead of the tests' own profile, and with these values of the site. */
  readonly profile?: Profile
  readonly site?: Site
  /** Changes a minute's record before it is signed; null: none is made, and the numbers go on. */
  readonly change?: (record: AgentRecord, minute: number) => AgentRecord | null
  /** Minutes that the log's keeper leaves out when he shows his log to others: he signs it anew. */
  readonly hide?: (minute: number) => boolean
  /** A checkpoint each quarter hour instead of each minute. */
  readonly sparse?: boolean
  /** Written into the log after the records of a minute. */
  readonly entries?: (minute: number) => readonly EntryBody[]
  /** Minutes whose records their agent made, and that never came to any log. */
  readonly lose?: (minute: number) => boolean
  /** How many minutes late a minute's record comes to the log. */
  readonly delayed?: (minute: number) => number
  /** False: the collector is down in this minute and leaves no tick. */
  readonly listening?: (minute: number) => boolean
}

/** Lines of a bundle of a site's first minutes: signed records with receipts, ticks, checkpoints. */
export function worldLines(options: WorldOptions): BundleLine[] {
  const { minutes, signers = SIGNERS, change = (one: AgentRecord) => one } = options
  const { agentAt = () => signers.agent } = options
  const profile = options.profile ?? profileWith()
  const sha256 = profileIdentity(profile, sha256hex)
  const log = newLog(signers.log)
  // What agents were shown at the time; it differs from `log` where something is hidden.
  const first = newLog(signers.log)
  const enter = (body: EntryBody, at: number) => {
    log.entry(body, at)
    first.entry(body, at)
  }
  const head = () => {
    log.checkpoint()
    first.checkpoint()
  }
  let previous: string | null = null
  let unmade = 0
  let receipts: ReceiptDigests = {}
  let waiting: { one: ReturnType<typeof sealed>; minute: number; due: number }[] = []
  const deliver = (now: number) => {
    for (const { one, minute } of waiting.filter(({ due }) => due <= now || now === minutes - 1)) {
      first.leaf('record', one)
      if (options.hide?.(minute) !== true) log.leaf('record', one)
    }
    waiting = waiting.filter(({ due }) => due > now)
  }
  enter({ kind: 'tick', waiting: 0, since: START }, START)
  head()
  for (let minute = 0; minute < minutes; minute += 1) {
    const next = signedRecord(sha256, minute, previous, first.seen(), signers.reflector, receipts)
    const made = change({ ...next, sequence: next.sequence - unmade }, minute)
    unmade += made === null ? 1 : 0
    const at = START + (minute + 1) * MINUTE + 1000
    if (made !== null) {
      receipts = receiptDigests(made)
      const payload = JSON.stringify(made)
      previous = sha256hex(Buffer.from(payload))
      const one = sealed(agentAt(minute), RECORD_PAYLOAD_TYPE, payload)
      const due = minute + (options.delayed?.(minute) ?? 0)
      if (options.lose?.(minute) !== true) waiting.push({ one, minute, due })
    }
    deliver(minute)
    for (const body of options.entries?.(minute) ?? []) enter(body, at)
    if (options.listening?.(minute) !== false) enter({ kind: 'tick', waiting: 0, since: START }, at)
    if (options.sparse !== true || minute % 15 === 14) head()
  }
  enter({ kind: 'tick', waiting: 0, since: START }, START + minutes * MINUTE + 2000)
  head()
  return [
    {
      ...{ kind: 'manifest', format: BUNDLE_FORMAT, site: 'leeds', from: START },
      ...{ to: START + minutes * MINUTE, made: { name: 'voip-ready', version: '0.1.0' } },
      ...{ origin: signers.log.name, keys: { agent: [], reflector: [], log: [], witness: [] } },
    },
    { kind: 'profile', sha256, body: canonical(profile) },
    { kind: 'site', values: canonical(options.site ?? siteWith()) },
    ...log.lines,
  ]
}

function canonical(value: unknown): string {
  const text = canonicalJson(value)
  if (!text.ok) throw new Error(text.error.why)
  return text.value
}

function newLog(signer: Signer) {
  const lines: BundleLine[] = []
  let range = EMPTY_RANGE
  const root = () => rangeRoot(nodeCrypto, range)
  const leaf = (kind: 'record' | 'entry', one: ReturnType<typeof sealed>) => {
    const { frame, at, payload, text } = one
    lines.push({ kind, index: range.size, frame, at, payload })
    range = appendLeaf(nodeCrypto, range, leafHash(nodeCrypto, Buffer.from(text)))
  }
  return {
    ...{ lines, leaf },
    entry: (body: EntryBody, at: number) => {
      const payload = JSON.stringify({ format: 'voip-ready/entry/1', at, ...body })
      leaf('entry', sealed(signer, ENTRY_PAYLOAD_TYPE, payload))
    },
    checkpoint: () => {
      const text = formatCheckpoint({ origin: signer.name, size: range.size, root: root() })
      lines.push({
        kind: 'checkpoint',
        size: range.size,
        note: signNote(nodeCrypto, text, [signer]),
      })
    },
    seen: () => ({
      ...{ origin: signer.name, size: range.size },
      root: Buffer.from(root()).toString('base64'),
    }),
  }
}

/** A minute's record, with the receipts of both far ends; the envelope is for `sealed`. */
export function signedRecord(
  sha256: string,
  minute: number,
  previous: string | null,
  seen: NonNullable<AgentRecord['seen']>,
  reflector: Signer,
  receipts: ReceiptDigests = {},
): AgentRecord {
  const from = START + minute * MINUTE
  const to = from + MINUTE
  const evidence = (['primary', 'secondary'] as const).map((farEnd) => ({
    ...{ farEnd, from, to, rows: null, oneSided: null },
    receipts: [receipt(reflectorAt(farEnd, reflector), from, minute, farEnd, receipts[farEnd])],
  }))
  const clock = {
    ...{ monotonicFromMs: minute * MINUTE, monotonicToMs: (minute + 1) * MINUTE },
    ...{ synchronised: true, maxErrorMs: 1, source: 'adjtimex' as const },
  }
  return record(sha256, {
    ...{ minute, boot: BOOT, previous, seen, evidence, clock },
    profile: { id: 'test', version: '1.0.0', sha256 },
  })
}

type ReceiptDigests = { readonly [farEnd in 'primary' | 'secondary']?: string }

/** SHA-256 of the statements in a record, for those after them to name. */
function receiptDigests({ evidence = [] }: AgentRecord): ReceiptDigests {
  return Object.fromEntries(
    evidence.flatMap(({ farEnd, receipts: [first] }) =>
      first === undefined ? [] : [[farEnd, sha256hex(Buffer.from(first.payload, 'base64'))]],
    ),
  )
}

/** A reflector has a session of its own with each place that an agent sends from and for. */
const SESSIONS = new Map([
  ['primary', '0011223344556677'],
  ['secondary', '7766554433221100'],
])

/** Each data centre has a reflector of its own, unless a test brings one. */
export function reflectorAt(farEnd: string, reflector = SIGNERS.reflector): Signer {
  return farEnd === 'secondary' && reflector === SIGNERS.reflector ? SIGNERS.second : reflector
}

/** The reflector's half of one far end's minute: all 3000 packets arrived. */
export function receipt(
  reflector: Signer,
  from: number,
  minute: number,
  farEnd: string,
  previous: string | null = null,
) {
  const statement = {
    ...{
      format: 'voip-ready/receipt/1',
      reflector: reflector.name.split('/')[1],
      ssrc: 7,
      previous,
    },
    session: SESSIONS.get(farEnd) ?? '0123456789abcdef',
    peer: { address: farEnd === 'primary' ? '192.0.2.9' : '192.0.2.10', port: 40000 },
    ranges: [[0, minute * 3000, 3000]],
    ...{ firstArrival: from + 20, lastArrival: from + MINUTE },
    ...{ expected: 3000, received: 3000, duplicated: 0, reordered: 0, replied: 3000 },
    ...{ jitter: null, delay: null, tos: { seen: [{ value: 184, packets: 3000 }], unseen: 0 } },
    ttl: { seen: [{ value: 58, packets: 3000 }], unseen: 0 },
    clock: { synchronised: true, maxErrorMs: 1, source: 'adjtimex', steps: 0 },
    ...{ rows: null, version: '0.1.0' },
  }
  return signReceipt(reflector, statement)
}

/** A statement as a reflector signs it. */
export function signReceipt(reflector: Signer, statement: object) {
  const payload = Buffer.from(JSON.stringify(statement))
  const sig = Buffer.from(signPayload(reflector, RECEIPT_PAYLOAD_TYPE, payload)).toString('base64')
  return {
    payloadType: RECEIPT_PAYLOAD_TYPE,
    payload: payload.toString('base64'),
    signatures: [{ keyid: keyIdOf(reflector.publicKey, nodeCrypto), sig }] as [
      { keyid: string; sig: string },
    ],
  } as const
}

/** A site whose far ends name these keys. */
export function siteNaming(
  primary: readonly string[],
  secondary: readonly string[] = primary,
): Site {
  const site = siteWith()
  const end = (name: 'primary' | 'secondary', keys: readonly string[]) => ({
    [name]: { reflector: '192.0.2.1', ...(keys.length > 0 && { reflectorKeys: keys }) },
  })
  const farEnds = { ...end('primary', primary), ...end('secondary', secondary) }
  const parsed = parseSite({ ...site, farEnds })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value
}

/** The same lines with the cosignature of a witness on each checkpoint up to a size. */
export function cosigned(
  lines: readonly BundleLine[],
  by: Signer,
  upTo = Number.POSITIVE_INFINITY,
): BundleLine[] {
  return lines.map((line) => {
    if (line.kind !== 'checkpoint' || line.size > upTo) return line
    const text = line.note.slice(0, line.note.indexOf('\n\n') + 1)
    const seconds = START / 1000 + line.size * 30
    return { ...line, note: line.note + signatureLine(cosign(nodeCrypto, by, text, seconds)) }
  })
}
