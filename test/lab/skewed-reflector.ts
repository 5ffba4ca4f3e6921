/** The real reflector on a host whose clock is wrong. Argument: JSON of {@link SkewedReflector}. */
import { writeSync } from 'node:fs'
import { openEngine } from '../../agent/engine/open.ts'
import { defaultBounds } from '../../agent/reflector/bounds.ts'
import { knownKeys, readKeys } from '../../agent/reflector/keys.ts'
import { runReflectorOn } from '../../agent/reflector/run-on-engine.ts'
import type { Skew } from './skewed-clock.ts'
import { SkewedEngine } from './skewed-engine.ts'

export interface SkewedReflector {
  readonly address: string
  readonly port: number
  readonly keysFile: string
  readonly skew: Skew
}

const { address, port, keysFile, skew } = JSON.parse(process.argv[2] ?? '{}') as SkewedReflector
const engine = new SkewedEngine(await openEngine('linux'), skew, (message) => {
  writeSync(1, `${JSON.stringify(message)}\n`)
})
const keys = knownKeys(readKeys(keysFile))
await runReflectorOn(engine, { address, port, bounds: defaultBounds(), keys })
