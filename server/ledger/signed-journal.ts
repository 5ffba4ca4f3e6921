import { createHash, randomUUID } from 'node:crypto'
import * as v from 'valibot'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { keyIdOf, signPayload } from '../../shared/evidence/dsse.ts'
import {
  ENTRY_PAYLOAD_TYPE,
  type Entry,
  type EntryBody,
  EntrySchema,
} from '../../shared/evidence/entry.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import type { LedgerBook } from '../store/ledger/book.ts'
import type { PendingEntry } from '../store/ledger/entries.ts'
import type { Journal } from './journal.ts'

/** RFC 6962 section 2.1: what tells a leaf from a node. */
const LEAF_PREFIX = Uint8Array.of(0)

/** The journal of a collector with a ledger: dates, signs, and puts each entry where the sequencer finds it. */
export class SignedJournal implements Journal {
  readonly #book: Pick<LedgerBook, 'addEntries'>
  readonly #signer: Omit<Signer, 'name'>
  readonly #nowMs: () => number
  #turn = 0

  constructor(
    book: Pick<LedgerBook, 'addEntries'>,
    signer: Omit<Signer, 'name'>,
    nowMs: () => number,
  ) {
    this.#book = book
    this.#signer = signer
    this.#nowMs = nowMs
  }

  prepare(body: EntryBody): PendingEntry {
    const entry = v.parse(EntrySchema, { format: 'voip-ready/entry/1', at: this.#nowMs(), ...body })
    const bytes = envelopeOf(this.#signer, entry)
    this.#turn += 1
    return {
      ...{ site: 'site' in entry ? entry.site : '', ref: randomUUID(), kind: entry.kind },
      ...{ about: aboutOf(entry), atMs: entry.at, turn: this.#turn % 2 ** 31, body: bytes },
      leaf: createHash('sha256').update(LEAF_PREFIX).update(bytes).digest(),
    }
  }

  async write(body: EntryBody): Promise<void> {
    await this.#book.addEntries([this.prepare(body)])
  }
}

/** What an entry is found by: its agent, or the hash of its profile. */
export function aboutOf(entry: EntryBody): string {
  if ('agent' in entry) return entry.agent
  return entry.kind === 'profile' ? entry.sha256 : ''
}

function envelopeOf(signer: Omit<Signer, 'name'>, entry: Entry): Uint8Array {
  const payload = Buffer.from(JSON.stringify(entry))
  const signature = signPayload({ ...signer, name: '' }, ENTRY_PAYLOAD_TYPE, payload)
  const keyid = keyIdOf(signer.publicKey, nodeCrypto)
  return Buffer.from(
    JSON.stringify({
      payloadType: ENTRY_PAYLOAD_TYPE,
      payload: payload.toString('base64'),
      signatures: [{ keyid, sig: Buffer.from(signature).toString('base64') }],
    }),
  )
}
