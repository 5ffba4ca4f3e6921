import { randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../../shared/errors.ts'
import { CONTROL_MAX } from '../../shared/wire/control.ts'
import { keyedHash } from '../engine/keyed-hash.ts'
import { type EngineKind, openEngine } from '../engine/open.ts'
import type { Bounds } from './bounds.ts'
import type { KnownKey } from './keys.ts'
import { ReflectorProgram, USUAL_TOS } from './program.ts'

/** What the owner hands to the worker. */
export interface ReflectorWorkerData {
  readonly address: string
  readonly port: number
  readonly engine: EngineKind
  readonly bounds: Bounds
  readonly keys: readonly KnownKey[]
  readonly stopFlag: Int32Array
}

const BATCH = 64

/** Entry of the reflector's worker: one engine, one port, one program, until stopped. */
try {
  const data = workerData as ReflectorWorkerData
  const engine = await openEngine(data.engine, { stopFlag: data.stopFlag })
  const port = engine.openPort({
    address: data.address,
    port: data.port,
    tos: USUAL_TOS,
    maxDatagram: CONTROL_MAX + 1,
    batch: BATCH,
  })
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const program = new ReflectorProgram({
    engine,
    port,
    bounds: data.bounds,
    keys: data.keys,
    hash: keyedHash,
    random: (bytes) => randomBytes(bytes),
    ownAddresses: new Set(addresses.map(({ address }) => address)),
  })
  engine.post({ type: 'ready', local: port.local, capabilities: engine.capabilities })
  await engine.run(program)
} catch (error) {
  const code = error instanceof Fault ? error.code : 'ENGINE'
  const message = error instanceof Error ? error.message : String(error)
  parentPort?.postMessage({ type: 'fault', code, message })
}
parentPort?.close()
