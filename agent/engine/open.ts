import { Fault } from '../../shared/errors.ts'
import {
  CAPABILITY_COSTS,
  CAPABILITY_NAMES,
  type CapabilityName,
  type Finding,
  findingOf,
} from './capability-table.ts'
import type { Engine, EngineOptions } from './types.ts'

export type EngineKind = 'auto' | 'linux' | 'dgram'

/**
 * Opens an engine in this thread; call it in a worker, because the linux engine's run() blocks its
 * thread and changes how it is scheduled. `auto` takes linux where it works, else dgram; what was
 * taken is in `capabilities.engine`. Throws a Fault when the engine that was named cannot be had.
 */
export async function openEngine(kind: EngineKind, options: EngineOptions = {}): Promise<Engine> {
  if (kind !== 'dgram') {
    try {
      const { openLinuxEngine } = await import('./linux/engine.ts')
      return openLinuxEngine(options)
    } catch (fault) {
      if (kind === 'linux' || !(fault instanceof Fault)) throw fault
    }
  }
  const { openDgramEngine } = await import('./dgram/engine.ts')
  return openDgramEngine(options)
}

/** One capability as the doctor shows it. */
export interface CapabilityReport {
  readonly capability: CapabilityName
  readonly present: boolean
  /** What was found: the state, or the error that stands against it. */
  readonly found: string
  /** What is lost where it is absent. */
  readonly cost: string
  /** How to have it. */
  readonly repair: string
}

/**
 * Tries on this host what the best engine needs, in any thread, and leaves nothing behind. Never
 * throws: where the linux engine cannot load, every report says why.
 */
export async function probeCapabilities(): Promise<readonly CapabilityReport[]> {
  let found: (name: CapabilityName) => Finding
  try {
    const { probeLinux } = await import('./linux/probe.ts')
    const probe = probeLinux()
    found = (name) => findingOf(name, probe)
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : String(fault)
    found = () => ({ present: false, found: message })
  }
  return CAPABILITY_NAMES.map((capability) => ({
    capability,
    ...found(capability),
    ...CAPABILITY_COSTS[capability],
  }))
}
