import type { Signer } from '../../shared/evidence/crypto.ts'
import { reflectorKeyName } from '../../shared/evidence/key-names.ts'
import { signerFrom } from '../../shared/evidence/node-crypto.ts'
import type { Engine } from '../engine/types.ts'
import type { ReflectorStanding } from './receipts.ts'
import { type SignedRows, Statements } from './statements.ts'

/** The key with which receipts are signed, as it crosses to the worker. */
export interface SigningPlan {
  readonly pem: string
  /** Name of this reflector, as receipts give it. */
  readonly name: string
  readonly version: string
  /** True where the owner keeps raw rows. */
  readonly keepsRows: boolean
}

/** With what receipts are signed, and in whose name. */
export interface Signing extends Omit<SigningPlan, 'pem'> {
  readonly signer: Signer
}

/** Raw rows under a digest that was just signed, for the owner to keep. */
export interface RowsSigned {
  readonly type: 'rows'
  readonly signed: SignedRows
}

/** @throws Error when the key is not an Ed25519 key */
export function signingOf({ pem, name, ...rest }: SigningPlan): Signing {
  return { ...rest, name, signer: signerFrom(reflectorKeyName(name), pem) }
}

/** What signs receipts on this engine; null where there is no key. */
export function statementsOn(
  engine: Engine,
  signing: Signing | null,
  standing: () => ReflectorStanding,
  nowNs: number,
): Statements | null {
  if (signing === null) return null
  const onRows = (signed: SignedRows): void => {
    const rows: RowsSigned = { type: 'rows', signed }
    if (signing.keepsRows) engine.post(rows, [signed.bytes.buffer])
  }
  const { baseSeconds } = engine
  const nowMs = () => baseSeconds * 1000 + (engine.monotonicNs() + engine.wallOffsetNs()) / 1e6
  return new Statements({ ...signing, baseSeconds, nowMs, standing, onRows }, nowNs)
}
