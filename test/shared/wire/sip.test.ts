import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SipMirror } from '../../../agent/reflector/sip-mirror.ts'
import {
  decodeSip,
  encodeInvite,
  octetsOf,
  SIP_MAX,
  sipFields,
  sipLength,
  textOf,
} from '../../../shared/wire/sip.ts'
import { compareSip, sealAsk } from '../../../shared/wire/sip-seal.ts'

const hash = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  createHmac('sha256', key).update(data).digest()
const SECRET = octetsOf('a secret of the reflector')
const NONCE = '00112233445566778899aabbccddeeff'
const OWN = { address: '10.0.0.5', port: 40_000 }

const invite = (delay = 0, nonce = NONCE, secret = SECRET): Uint8Array => {
  const seal = sealAsk('leeds', nonce, delay, secret, hash)
  return encodeInvite({ transport: 'udp', own: OWN, farEnd: '192.0.2.1', nonce, seal })
}
function mirror(): SipMirror<{ address: string; port: number }> {
  const made = new SipMirror<{ address: string; port: number }>(hash)
  made.setKeys([{ id: 'leeds', secret: SECRET, revoked: false }])
  return made
}
/** The answer to what arrived; the test fails where there is none. */
function answered(bytes: Uint8Array, from = OWN): Uint8Array {
  const answer = mirror().take(bytes, from, 0)
  if (typeof answer === 'string') throw new Error(answer)
  return answer.bytes
}
const swap = (bytes: Uint8Array, from: string | RegExp, to: string): Uint8Array =>
  octetsOf(textOf(bytes).replace(from, to))
const legsOf = (sent: Uint8Array, returned: Uint8Array) =>
  compareSip(sent, returned, SECRET, hash)?.rewritten.map(({ field, leg }) => `${field} ${leg}`)

describe('a SIP message', () => {
  test('the INVITE names the private address everywhere a phone does, and its length is right', () => {
    const message = decodeSip(invite())
    if (!message.ok) throw new Error(message.error.code)
    const fields = sipFields(message.value)
    for (const field of ['via', 'contact', 'call-id', 'sdp o=', 'sdp c='] as const)
      expect(fields[field]).toContain('10.0.0.5')
    expect(fields['content-length']).toBe(String(message.value.body.length))
    expect(sipLength(invite())).toBe(invite().length)
    expect(sipLength(invite().subarray(0, 200))).toBeUndefined()
  })

  test('compact header names are their full ones', () => {
    const read = decodeSip(octetsOf('OPTIONS sip:a SIP/2.0\r\nv: one\r\nm : two\r\n\r\n'))
    expect(read.ok && sipFields(read.value)).toMatchObject({ via: 'one', contact: 'two' })
  })

  test.each([
    ['no end of the header', 'INVITE sip:a SIP/2.0\r\nVia: x\r\n', 'truncated'],
    ['no start line of SIP', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-version'],
    ['a line without a colon', 'INVITE sip:a SIP/2.0\r\nnonsense\r\n\r\n', 'bad-value'],
    ['too long', `INVITE sip:a SIP/2.0\r\nX: ${'x'.repeat(SIP_MAX)}\r\n\r\n`, 'oversized'],
  ])('%s is refused', (_name, text, code) => {
    expect(decodeSip(octetsOf(text))).toMatchObject({ ok: false, error: { code } })
  })
})

describe('what was rewritten, and on which leg', () => {
  test('nothing', () => {
    const found = compareSip(invite(), answered(invite()), SECRET, hash)
    expect(found).toMatchObject({ rewritten: [], seenPort: 40_000 })
    expect(found?.seenOctets.slice(-4)).toEqual([10, 0, 0, 5])
  })

  test('out, back, both, and out with the way back undoing it', () => {
    const contact = ['Contact: <sip:probe@10.0.0.5:40000>', 'Contact: <sip:x@1.2.3.4>'] as const
    const out = swap(invite(), ...contact)
    const came = answered(out)
    expect(legsOf(invite(), came)).toEqual(['contact out'])
    expect(legsOf(invite(), swap(answered(invite()), ...contact))).toEqual(['contact back'])
    expect(legsOf(invite(), swap(came, '1.2.3.4', '5.6.7.8'))).toEqual(['contact both'])
    expect(legsOf(invite(), swap(came, contact[1], contact[0]))).toEqual(['contact there-and-back'])
  })

  test('a header that was added, and a media port that was moved', () => {
    const out = swap(swap(invite(), 'Via: ', 'Record-Route: <sip:gw>\r\nVia: '), '40002', '1234')
    expect(legsOf(invite(), answered(out))).toEqual(['sdp m= out', 'other out'])
  })

  test('an answer is exactly as long as its question', () => {
    expect(answered(invite()).length).toBe(invite().length)
  })

  test('what bears no seal, another’s seal or another nonce says nothing', () => {
    const other = answered(invite(0, 'f'.repeat(32)))
    expect(compareSip(invite(), invite(), SECRET, hash)).toBeNull()
    expect(compareSip(invite(), other, SECRET, hash)).toBeNull()
    expect(compareSip(invite(), answered(invite()), octetsOf('another'), hash)).toBeNull()
  })
})

describe('the mirror', () => {
  test('strangers, wrong proofs and revoked keys get silence', () => {
    expect(mirror().take(invite(0, NONCE, octetsOf('wrong')), OWN, 0)).toBe('silence')
    expect(mirror().take(swap(invite(), 'leeds ', 'other '), OWN, 0)).toBe('silence')
    const revoking = mirror()
    revoking.setKeys([{ id: 'leeds', secret: SECRET, revoked: true }])
    expect(revoking.take(invite(), OWN, 0)).toBe('silence')
  })

  test('one question is answered three times at most: a replay is no reflector', () => {
    const one = mirror()
    const answers = Array.from({ length: 5 }, () => typeof one.take(invite(), OWN, 0))
    expect(answers).toEqual(['object', 'object', 'object', 'string', 'string'])
    expect(one.take(invite(), OWN, 0)).toBe('silence')
  })

  test('an answer is held back as long as asked, and no longer than a minute', () => {
    const one = mirror()
    expect(one.take(invite(15), OWN, 1e9)).toBe('held')
    expect(one.nextDue()).toBe(16e9)
    expect(one.due(15.9e9)).toEqual([])
    expect(one.due(16e9)).toHaveLength(1)
    expect(one.nextDue()).toBe(Number.POSITIVE_INFINITY)
    expect(mirror().take(invite(61), OWN, 0)).toBe('silence')
  })

  test('a delay that was altered on the way breaks the proof', () => {
    expect(mirror().take(swap(invite(), `${NONCE} 00 `, `${NONCE} 60 `), OWN, 0)).toBe('silence')
  })

  test('any bytes are silence, and any damage of an answer is silence or a difference', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1300 }), (any) => {
        expect(mirror().take(any, OWN, 0)).toBe('silence')
        expect(compareSip(invite(), any, SECRET, hash)).toBeNull()
        sipLength(any)
      }),
    )
    const good = answered(invite())
    const fieldsOf = (bytes: Uint8Array) => {
      const read = decodeSip(bytes)
      return read.ok && JSON.stringify(sipFields(read.value))
    }
    let unseen = 0
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bad = good.slice()
        bad[at]! ^= change
        const found = compareSip(invite(), bad, SECRET, hash)
        // The key's proof was for the reflector; its damage on the way back is nobody's finding.
        const text = textOf(good)
        const header = text.indexOf('X-Voip-Ready')
        const inSeal = at >= header && at < text.indexOf('\r\n', header)
        // Another case of a header's name and a tab for a space mean the same (RFC 3261 section 7.3.1).
        const means = fieldsOf(bad) === fieldsOf(good)
        if (found?.rewritten.length === 0 && !inSeal && !means) unseen += 1
      }),
      { numRuns: 400 },
    )
    // The mark of a field has 16 bits, so that one damage in 65,536 hits the same one.
    expect(unseen).toBeLessThan(3)
  })
})
