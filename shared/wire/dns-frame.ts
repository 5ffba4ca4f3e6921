import type { Refusal } from '../errors.ts'
import { ok, type Result, refuse } from '../result.ts'

/**
 * The frame of a DNS message, RFC 1035 section 4: whether every record is exactly as long as it says
 * and as its type must be. Decoders forgive much here (an address record of nine octets, a message
 * that goes on after its end); what is believed about a network must not rest on such bytes.
 *
 *  header   id u16 | flags u16 | questions u16 | answers u16 | authorities u16 | additionals u16
 *  question name | type u16 | class u16
 *  record   name | type u16 | class u16 | ttl u32 | length u16 | data
 */
const HEADER = 12
const POINTER = 0xc0
const A = 1
const CNAME = 5
const SRV = 33

/** Accepts a message whose frames are whole; counts the records of its answer section. */
export function checkDnsFrame(
  bytes: Uint8Array,
): Result<{ readonly id: number; readonly answers: number }, Refusal> {
  if (bytes.length < HEADER) return refuse({ code: 'truncated', offset: bytes.length })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const questions = view.getUint16(4)
  const answers = view.getUint16(6)
  let at = HEADER
  for (let i = 0; i < questions; i++) {
    const end = nameEnd(bytes, at)
    if (!end.ok) return end
    at = end.value + 4
    if (at > bytes.length) return refuse({ code: 'truncated', offset: bytes.length })
  }
  const records = answers + view.getUint16(8) + view.getUint16(10)
  for (let i = 0; i < records; i++) {
    const end = recordEnd(view, bytes, at)
    if (!end.ok) return end
    at = end.value
  }
  if (at !== bytes.length) return refuse({ code: 'oversized', offset: at })
  return ok({ id: view.getUint16(0), answers })
}

function recordEnd(view: DataView, bytes: Uint8Array, start: number): Result<number, Refusal> {
  const name = nameEnd(bytes, start)
  if (!name.ok) return name
  const data = name.value + 10
  if (data > bytes.length) return refuse({ code: 'truncated', offset: bytes.length })
  const length = view.getUint16(name.value + 8)
  const end = data + length
  if (end > bytes.length) return refuse({ code: 'truncated', offset: bytes.length })
  const wanted = dataEnd(bytes, view.getUint16(name.value), data, end)
  if (!wanted.ok) return wanted
  return wanted.value === end ? ok(end) : refuse({ code: 'bad-value', offset: name.value + 8 })
}

/** Where the data of this type must end: an address has four octets, a name ends where it ends. */
function dataEnd(
  bytes: Uint8Array,
  type: number,
  data: number,
  end: number,
): Result<number, Refusal> {
  if (type === A) return ok(data + 4)
  if (type === CNAME) return nameEnd(bytes, data)
  if (type === SRV) return nameEnd(bytes, data + 6)
  return ok(end)
}

/** Octet after a name: labels up to the root, or up to a pointer, which must lead backwards. */
function nameEnd(bytes: Uint8Array, start: number): Result<number, Refusal> {
  for (let at = start; ; ) {
    const length = bytes[at]
    if (length === undefined) return refuse({ code: 'truncated', offset: bytes.length })
    if (length === 0) return ok(at + 1)
    if (length >= POINTER) {
      const low = bytes[at + 1]
      if (low === undefined) return refuse({ code: 'truncated', offset: bytes.length })
      const target = (length & 0x3f) * 256 + low
      return target < at ? ok(at + 2) : refuse({ code: 'bad-value', offset: at })
    }
    if (length > 63) return refuse({ code: 'bad-value', offset: at })
    // A dot inside a label would read as two labels once the name is text.
    const label = bytes.subarray(at + 1, at + 1 + length)
    if (label.some((octet) => octet === 0x2e || octet < 0x21 || octet > 0x7e))
      return refuse({ code: 'bad-value', offset: at })
    at += length + 1
  }
}
