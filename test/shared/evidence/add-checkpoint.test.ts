import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatAddCheckpoint,
  judgeAddCheckpoint,
  parseAddCheckpoint,
} from '../../../shared/evidence/add-checkpoint.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { vkeyOf } from '../../../shared/evidence/vkey.ts'
import { newSigner } from '../../support/evidence-world.ts'
import { leaves, ToyLog } from '../../support/toy-log.ts'

const log = new ToyLog(newSigner('log.example/1'), leaves(0, 40))
const stranger = new ToyLog(newSigner('log.example/1'), leaves(0, 40))
const known = (last: ToyLog | null, size = 0) => ({
  keysOf: (origin: string) => (origin === log.signer.name ? [vkeyOf(nodeCrypto, log.signer)] : []),
  lastOf: () => (last === null ? null : { size, root: last.root(size) }),
})
const body = (
  oldSize: number,
  size: number,
  from: ToyLog = log,
  proof = from.proof(oldSize, size),
) => formatAddCheckpoint({ oldSize, proof: proof ?? [], note: from.note(size) })
const word = (text: string, last: ToyLog | null = log, size = 10) =>
  judgeAddCheckpoint(nodeCrypto, text, known(last, size))

test('every honest step is cosigned, from nothing to anything and from anything on', () => {
  for (let from = 0; from <= 22; from += 1) {
    for (let to = from; to <= 22; to += 1) {
      const last = from === 0 ? null : log
      expect(word(body(from, to), last, from), `${from} to ${to}`).toMatchObject({ status: 200 })
    }
  }
})

test('what a witness answers, by the rules of the specification', () => {
  const forked = log.fork(5, ...leaves(50, 80))
  const cases: [string, string, object][] = [
    ['no request', 'hello', { status: 400 }],
    ['no empty line', 'old 1\n', { status: 400 }],
    ['an old size with a leading zero', body(10, 20).replace('old 10', 'old 010'), { status: 400 }],
    ['a short hash', body(10, 20).replace('\n', '\nAAAA\n'), { status: 400 }],
    ['64 hashes', body(10, 20, log, Array(64).fill(new Uint8Array(32))), { status: 400 }],
    ['an old size beyond the checkpoint', body(20, 10, log, []), { status: 400 }],
    [
      'a log that is not known',
      body(10, 20, new ToyLog(newSigner('x'), leaves(0, 20))),
      { status: 404 },
    ],
    ['another key of that name', body(10, 20, stranger), { status: 403 }],
    ['a signature of other text', body(10, 20).replace('\n20\n', '\n21\n'), { status: 403 }],
    ['an old size that is not the last', body(9, 20), { status: 409, size: 10 }],
    ['nothing, after something', body(0, 20, log, []), { status: 409, size: 10 }],
    ['a smaller tree', body(5, 8), { status: 409, size: 10 }],
    ['no proof', body(10, 20, log, []), { status: 422, proves: false }],
    ['a proof of something else', body(10, 20, log, log.proof(10, 21) ?? []), { status: 422 }],
    ['a fork', body(10, 20, forked), { status: 422, proves: false }],
    ['a fork of the same size', body(10, 10, forked, []), { status: 422, proves: true }],
    [
      'a proof for the same size',
      body(10, 10, log, [new Uint8Array(32)]),
      { status: 422, proves: false },
    ],
  ]
  for (const [what, text, wanted] of cases) expect(word(text), what).toMatchObject(wanted)
  expect(word(body(0, 20, log, [new Uint8Array(32)]), null)).toMatchObject({ status: 422 })
})

test('an empty tree must have the root of one', () => {
  const empty = new ToyLog(log.signer)
  expect(word(body(0, 0, empty), null)).toMatchObject({ status: 200 })
  const lie = Object.assign(new ToyLog(log.signer), { root: () => new Uint8Array(32) })
  expect(word(body(0, 0, lie), null)).toMatchObject({ status: 422 })
})

test('a request is read as it was written, and no change of it is cosigned', () => {
  const text = body(10, 37)
  const parsed = parseAddCheckpoint(text)
  expect(parsed.ok && formatAddCheckpoint(parsed.value)).toBe(text)
  const octets = Buffer.from(text)
  fc.assert(
    fc.property(fc.nat(octets.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(octets)
      changed[at] = (changed[at] ?? 0) ^ change
      expect(word(changed.toString('latin1')).status).not.toBe(200)
      expect(word(changed.toString()).status).not.toBe(200)
    }),
    { numRuns: 500 },
  )
})
