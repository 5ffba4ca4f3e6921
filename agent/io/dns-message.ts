import { type Answer, decode, encode, RECURSION_DESIRED } from 'dns-packet'
import { type DnsAnswer, RECORDS_KEPT, sameCase } from '../../shared/record/dns.ts'
import { checkDnsFrame } from '../../shared/wire/dns-frame.ts'

/** Questions and answers of DNS as bytes (RFC 1035, RFC 2782). No sockets. */
export interface DnsQuestion {
  readonly name: string
  readonly type: 'A' | 'SRV'
}

/** What one message says; `null` parts of an answer are filled in by the transport. */
export type DnsReading = Pick<
  DnsAnswer,
  'outcome' | 'rcode' | 'authoritative' | 'addresses' | 'services' | 'aliases' | 'more'
> & { readonly cut: boolean }

const HEADER = 12
const RESPONSE = 0x8000
const OPCODE = 0x7800
const AUTHORITATIVE = 0x0400
const CUT = 0x0200

/** The question as it is sent, recursion desired, without EDNS: as a phone asks. Null for a name that DNS cannot carry. */
export function encodeQuestion(question: DnsQuestion, id: number): Uint8Array | null {
  const labels = question.name.replace(/\.$/, '').split('.')
  const fits = labels.every((label) => /^[!-~]{1,63}$/.test(label))
  if (!fits || question.name.length > 253) return null
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ ...question, class: 'IN' }],
  })
}

/**
 * Reads what came back for `query`. `ignore`: another id, no response, or another question, so
 * somebody else's or forged; keep waiting. `malformed`: ours by its head, but no whole DNS message.
 */
export function readAnswer(
  bytes: Uint8Array,
  query: Uint8Array,
  question: DnsQuestion,
): DnsReading | 'ignore' | 'malformed' {
  if (bytes.length < HEADER) return 'ignore'
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const flags = view.getUint16(2)
  if (bytes[0] !== query[0] || bytes[1] !== query[1] || (flags & RESPONSE) === 0) return 'ignore'
  const rcode = flags & 0x0f
  const head = { rcode, authoritative: (flags & AUTHORITATIVE) !== 0, cut: (flags & CUT) !== 0 }
  // A server that could not read the question may leave it out; such an answer proves no name.
  const bare = view.getUint16(4) === 0 && rcode !== 0
  if (!bare && !sameQuestion(bytes, query)) return 'ignore'
  if ((flags & OPCODE) !== 0) return 'malformed'
  if (head.cut) return { ...NOTHING, ...head, outcome: 'truncated' }
  if (!checkDnsFrame(bytes).ok) return 'malformed'
  if (rcode !== 0) return { ...NOTHING, ...head, outcome: OUTCOME[rcode] ?? 'other-rcode' }
  try {
    return { ...head, ...recordsOf(decode(Buffer.from(bytes)).answers ?? [], question) }
  } catch {
    return 'malformed'
  }
}

const NOTHING = { addresses: [], services: [], aliases: [], more: 0 }
const OUTCOME: Readonly<Record<number, DnsReading['outcome']>> = {
  2: 'servfail',
  3: 'nxdomain',
  5: 'refused',
}

/** The question must come back as it was sent; letters may change their case. */
function sameQuestion(bytes: Uint8Array, query: Uint8Array): boolean {
  if (bytes.length < query.length || bytes[4] !== 0 || bytes[5] !== 1) return false
  for (let at = HEADER; at < query.length; at++)
    if (lower(bytes[at]!) !== lower(query[at]!)) return false
  return true
}

function lower(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet
}

/** Records of the name asked for, or of the name that its aliases end at. Others are nobody's answer. */
function recordsOf(
  records: readonly Answer[],
  question: DnsQuestion,
): Omit<DnsReading, 'rcode' | 'authoritative' | 'cut'> {
  const aliases: string[] = []
  let owner = sameCase(question.name)
  for (; aliases.length < RECORDS_KEPT; ) {
    const alias = records.find((one) => one.type === 'CNAME' && isOwn(one, owner))
    if (alias === undefined || alias.type !== 'CNAME') break
    owner = sameCase(alias.data)
    aliases.push(alias.data)
  }
  const own = records.filter((one) => one.type === question.type && isOwn(one, owner))
  const kept = own.slice(0, RECORDS_KEPT)
  return {
    outcome: own.length > 0 ? 'answer' : 'empty',
    addresses: kept.flatMap((one) => (one.type === 'A' ? [one.data] : [])),
    services: kept.flatMap((one) => (one.type === 'SRV' ? [serviceOf(one.data)] : [])),
    aliases,
    more: own.length - kept.length,
  }
}

function isOwn(record: Answer, owner: string): boolean {
  const inClass = !('class' in record) || record.class === 'IN'
  return inClass && sameCase(record.name) === owner
}

function serviceOf(data: Extract<Answer, { type: 'SRV' }>['data']): DnsAnswer['services'][number] {
  const { priority = 0, weight = 0, port, target } = data
  return { priority, weight, port, target: target.replace(/\.$/, '') }
}
