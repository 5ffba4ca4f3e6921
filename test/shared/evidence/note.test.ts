import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
} from '../../../shared/evidence/checkpoint.ts'
import { cosign } from '../../../shared/evidence/cosignature.ts'
import { inclusionProof, leafHash, nodesOf, rootOf } from '../../../shared/evidence/merkle.ts'
import { nodeCrypto, signerFrom } from '../../../shared/evidence/node-crypto.ts'
import { openNote, parseNote, signatureLine, signNote } from '../../../shared/evidence/note.ts'
import { fromBase64, toBase64, toHex, utf8 } from '../../../shared/evidence/octets.ts'
import { formatProof, parseProof, verifyProof } from '../../../shared/evidence/proof.ts'
import {
  formatVkey,
  KEY_TYPE,
  parseVkey,
  type Vkey,
  vkeyOf,
} from '../../../shared/evidence/vkey.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

/** The example of C2SP signed-note. */
const VKEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const NOTE =
  'This is an example message.\n\n— example.com/foo ' +
  'Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'

function newKey(name: string) {
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { pem, signer: signerFrom(name, pem) }
}
const known = (text: string): Vkey => {
  const vkey = parseVkey(nodeCrypto, text)
  if (!vkey.ok) throw new Error(vkey.error)
  return vkey.value
}
const log = newKey('voip-ready-log/test/0').signer
const logKey = vkeyOf(nodeCrypto, log)
const witness = newKey('customer.example/w1').signer
const witnessKey = vkeyOf(nodeCrypto, witness, KEY_TYPE.cosignature)

test('the published note opens with its published key', () => {
  expect(formatVkey(known(VKEY))).toBe(VKEY)
  expect(openNote(nodeCrypto, NOTE, [known(VKEY)])).toMatchObject({
    ok: true,
    value: { text: 'This is an example message.\n', verified: [{ seconds: null }], unknown: [] },
  })
})

describe('a note is refused', () => {
  const foo = known(VKEY)
  const cases: readonly (readonly [string, string, string])[] = [
    ['without a signature', 'text\n', 'malformed'],
    ['without its last newline', NOTE.slice(0, -1), 'malformed'],
    ['with a control character', NOTE.replace('an', 'a\tn'), 'malformed'],
    ['with windows line ends', NOTE.replaceAll('\n', '\r\n'), 'malformed'],
    ['with a hyphen for the dash', NOTE.replace('—', '-'), 'malformed'],
    ['with a signature of four octets', 'a\n\n— x AAAAAA==\n', 'malformed'],
    ['with another spelling of the base64', NOTE.replace('aQM=', 'aQN='), 'malformed'],
    ['with a space in the name', NOTE.replace('example.com/foo', 'exa mple'), 'malformed'],
    ['with one letter of the text changed', NOTE.replace('This', 'Thus'), 'bad-signature'],
    ['by nobody known', NOTE.replace('example.com/foo', 'example.com/bar'), 'no-known-signature'],
  ]
  test.each(cases)('%s', (_what, note, error) => {
    expect(openNote(nodeCrypto, note, [foo])).toEqual({ ok: false, error })
  })
})

test('strangers are set aside, also under a known name; a known bad signature refuses all', () => {
  const other = newKey(log.name).signer
  const note = signNote(nodeCrypto, 'text\n', [other, log, log])
  const opened = openNote(nodeCrypto, note, [logKey])
  expect(opened).toMatchObject({ ok: true, value: { verified: [{ vkey: logKey }] } })
  expect(opened.ok && opened.value.unknown.map(({ name }) => name)).toEqual([log.name])
  const forged = { name: log.name, keyId: logKey.keyId, signature: new Uint8Array(64) }
  expect(openNote(nodeCrypto, note + signatureLine(forged), [logKey])).toEqual({
    ok: false,
    error: 'bad-signature',
  })
})

test('the text may hold empty lines: only the last one divides', () => {
  const note = signNote(nodeCrypto, 'one\n\n— two\n', [log])
  expect(parseNote(note)).toMatchObject({ ok: true, value: { text: 'one\n\n— two\n' } })
})

test('verifier keys that are not what they say are refused', () => {
  const wrong = [
    VKEY.replace('530d903a', '530d903b'),
    VKEY.replace('foo', 'fo'),
    VKEY.replace('530d903a', '530D903A'),
    VKEY.slice(0, -4),
    `${VKEY}=`,
    VKEY.replace('example.com/foo', ''),
    VKEY.replace('/foo', '/f oo'),
  ]
  expect(wrong.filter((text) => parseVkey(nodeCrypto, text).ok)).toEqual([])
})

const root = toBase64(new Uint8Array(32).fill(7))

test('a checkpoint is read back as it was written', () => {
  const checkpoint = { origin: 'a', size: 9, root: new Uint8Array(32), extensions: ['more'] }
  expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual({ ok: true, value: checkpoint })
})

test.each([
  ['a size with a leading zero', `a\n01\n${root}\n`],
  ['a negative size', `a\n-1\n${root}\n`],
  ['a size beyond what is exact', `a\n9007199254740993\n${root}\n`],
  ['no origin', `\n1\n${root}\n`],
  ['a short root', 'a\n1\nAAAA\n'],
  ['an empty extension', `a\n1\n${root}\n\n`],
  ['no last newline', `a\n1\n${root}`],
])('%s makes no checkpoint', (_what, text) => {
  expect(parseCheckpoint(text).ok).toBe(false)
})

test('a checkpoint counts only with the signature of the log that it names', () => {
  const text = formatCheckpoint({ origin: log.name, size: 1, root: new Uint8Array(32) })
  const note = signNote(nodeCrypto, text, [log])
  const cosigned = note + signatureLine(cosign(nodeCrypto, witness, text, 1_700_000_000))
  const opened = openCheckpoint(nodeCrypto, cosigned, [logKey, witnessKey])
  expect(opened.ok && opened.value.verified.map(({ seconds }) => seconds)).toEqual([
    null,
    1_700_000_000,
  ])
  expect(openCheckpoint(nodeCrypto, cosigned, [witnessKey])).toEqual({
    ok: false,
    error: 'not-by-the-log',
  })
  const elsewhere = signNote(nodeCrypto, text.replace('/0\n', '/1\n'), [log])
  expect(openCheckpoint(nodeCrypto, elsewhere, [logKey]).ok).toBe(false)
})

const entries = Array.from({ length: 11 }, (_, n) => leafHash(nodeCrypto, utf8(`entry ${n}`)))
const head = formatCheckpoint({ origin: log.name, size: 11, root: rootOf(nodeCrypto, entries) })
const proofText = formatProof({
  index: 6,
  hashes: inclusionProof(nodeCrypto, nodesOf(nodeCrypto, entries), 6, 11),
  checkpoint: signNote(nodeCrypto, head, [log]),
  extra: utf8('any'),
})
const verified = (text: string): boolean => {
  const proof = parseProof(text)
  const leaf = entries[6] ?? new Uint8Array()
  return proof.ok && verifyProof(nodeCrypto, proof.value, leaf, [logKey]).ok
}

test('a proof holds, and does not after any one bit outside its extra line changed', () => {
  expect(verified(proofText)).toBe(true)
  const bytes = utf8(proofText)
  const extra = proofText.indexOf('extra ') + 6
  const free = { from: extra, to: proofText.indexOf('\n', extra) }
  const bit = fc.nat({ max: bytes.length * 8 - 1 })
  fc.assert(
    fc.property(bit, (at) => {
      const place = Math.floor(at / 8)
      fc.pre(place < free.from || place >= free.to)
      const changed = Uint8Array.from(bytes, (o, n) => (n === place ? o ^ (1 << (at % 8)) : o))
      expect(verified(Buffer.from(changed).toString('utf8'))).toBe(false)
    }),
    { numRuns: 400 },
  )
})

test('a proof cut off anywhere is none', () => {
  const cuts = Array.from({ length: proofText.length - 1 }, (_, at) => proofText.slice(0, at))
  expect(cuts.filter(verified)).toEqual([])
})

test('base64 is that of node, and takes one spelling only', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
      expect(fromBase64(toBase64(bytes))).toEqual(bytes)
    }),
  )
  expect(['QQ=', 'QR==', 'QQ', 'Q===', 'QQ==\n', 'Q-=='].map(fromBase64)).toEqual(
    Array(6).fill(null),
  )
})

test('openssl says the same of a signature and of a hash', () => {
  const directory = temporaryDirectory()
  const { pem, signer } = newKey('x')
  const message = join(directory, 'message')
  const [key, signature] = [join(directory, 'key.pem'), join(directory, 'signature')]
  writeFileSync(key, pem)
  writeFileSync(message, head)
  writeFileSync(signature, signer.sign(utf8(head)))
  const raw = ['-rawin', '-inkey', key, '-in', message]
  const openssl = (...args: string[]) => execFileSync('openssl', args)
  const check = openssl('pkeyutl', '-verify', ...raw, '-sigfile', signature).toString()
  expect(check).toContain('Verified Successfully')
  const theirs = openssl('pkeyutl', '-sign', ...raw)
  expect(nodeCrypto.verify(signer.publicKey, utf8(head), theirs)).toBe(true)
  expect(openssl('dgst', '-sha256', '-r', message).toString().slice(0, 64)).toBe(
    toHex(nodeCrypto.sha256(utf8(head))),
  )
})
