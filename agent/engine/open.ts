import { Fault } from '../../shared/errors.ts'
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
