import { randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { CONTROL_MAX } from '../../shared/wire/control.ts'
import { keyedHash } from '../engine/keyed-hash.ts'
import type { Engine } from '../engine/types.ts'
import type { Bounds } from './bounds.ts'
import type { KnownKey } from './keys.ts'
import { ReflectorProgram, USUAL_TOS } from './program.ts'
import { type SigningPlan, signingOf } from './signing.ts'

/** Where a reflector listens, and whom it answers within which bounds. */
export interface ReflectorPlan {
  readonly address: string
  readonly port: number
  readonly bounds: Bounds
  readonly keys: readonly KnownKey[]
  /** True where the owner answers questions about ports. */
  readonly responder?: boolean
  /** Key with which receipts are signed; absent: none are. */
  readonly signing?: SigningPlan
}

const BATCH = 64

/** Runs a reflector on an engine until it is stopped; `ready` and the tallies are posted to its owner. */
export async function runReflectorOn(engine: Engine, plan: ReflectorPlan): Promise<void> {
  const port = engine.openPort({
    address: plan.address,
    port: plan.port,
    tos: USUAL_TOS,
    maxDatagram: CONTROL_MAX + 1,
    batch: BATCH,
  })
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const program = new ReflectorProgram({
    engine,
    port,
    bounds: plan.bounds,
    keys: plan.keys,
    responder: plan.responder === true,
    signing: plan.signing === undefined ? null : signingOf(plan.signing),
    hash: keyedHash,
    random: (bytes) => randomBytes(bytes),
    ownAddresses: new Set(addresses.map(({ address }) => address)),
  })
  engine.post({ type: 'ready', local: port.local, capabilities: engine.capabilities })
  await engine.run(program)
}
