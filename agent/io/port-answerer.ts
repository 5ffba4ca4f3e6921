import type { KeyedHash } from '../../shared/wire/control.ts'
import {
  decodeProof,
  encodeProof,
  NOBODY,
  PROOF_BYTES,
  proofIsSealed,
} from '../../shared/wire/port-proof.ts'
import type { Exchange } from './reach.ts'

export interface AnswererSetup {
  /** Secret of an access key that may ask here; undefined for strangers and revoked keys. */
  readonly secretOf: (keyId: string, run: string) => Uint8Array | undefined
  /** Eight octets, hexadecimal: the name under which a question of this run is answered. */
  readonly whoFor: (run: string) => string
  /** Which way questions travel that are answered here. */
  readonly leg: 'out' | 'back'
  readonly hash: KeyedHash
  /** A question under a valid key came to this port. */
  readonly onArrival: (keyId: string, run: string, proto: 'tcp' | 'udp', port: number) => void
}

/** The answer to a question that came to a port held here; null is silence. */
export type Answer = (question: Uint8Array, proto: 'tcp' | 'udp', port: number) => Uint8Array | null

/**
 * Answers questions sealed under a known key, with the port that they came to: a redirected
 * connection shows. Whatever else comes is met with silence.
 */
export function makeAnswer(setup: AnswererSetup): Answer {
  const { secretOf, whoFor, leg, hash, onArrival } = setup
  return (question, proto, port) => {
    if (question.length !== PROOF_BYTES) return null
    const read = decodeProof(question)
    if (!read.ok || read.value.kind !== 'question') return null
    if (read.value.leg !== leg || read.value.proto !== proto) return null
    const { keyId, run } = read.value
    const secret = secretOf(keyId, run)
    if (secret === undefined || !proofIsSealed(question, secret, hash)) return null
    if (read.value.port === port) onArrival(keyId, run, proto, port)
    return encodeProof({ ...read.value, kind: 'answer', port, who: whoFor(run) }, secret, hash)
  }
}

export interface Asking {
  readonly keyId: string
  readonly secret: Uint8Array
  readonly run: string
  readonly attempt: string
  readonly proto: 'tcp' | 'udp'
  readonly leg: 'out' | 'back'
  readonly port: number
  /** The process that must answer. */
  readonly who: string
  readonly hash: KeyedHash
}

/** The question for one port, and what alone proves that this port of this process was reached. */
export function proofExchange(asking: Asking): Exchange {
  const { secret, hash, who } = asking
  const question = { ...asking, kind: 'question' as const, who: NOBODY }
  return {
    question: encodeProof(question, secret, hash),
    accept: (answer) => {
      const read = decodeProof(answer)
      if (!read.ok && read.error.code === 'truncated') {
        // Datagrams come whole; a stream may bring the rest.
        const ours =
          asking.proto === 'tcp' && answer[0] === 0x56 && (answer.length < 2 || answer[1] === 0x50)
        return ours ? 'more' : { wrong: 'another voice answered' }
      }
      if (!read.ok || !proofIsSealed(answer, secret, hash))
        return { wrong: 'an answer without our nonce' }
      const { kind, keyId, run, attempt, proto, leg, port } = read.value
      const same =
        kind === 'answer' &&
        keyId === asking.keyId &&
        run === asking.run &&
        attempt === asking.attempt &&
        proto === asking.proto &&
        leg === asking.leg
      if (!same) return { wrong: 'an answer to another question' }
      if (port !== asking.port) return { wrong: `redirected to port ${port}` }
      if (read.value.who !== who) return { wrong: 'answered by another responder' }
      return 'proven'
    },
  }
}
