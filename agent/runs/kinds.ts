import type { RunKind } from '../../shared/plan/run-kinds.ts'
import type { RunExecutor } from './executor.ts'

/** Every kind of run that this version can do; each is loaded only when it is asked for. */
export const RUN_EXECUTORS: { readonly [K in RunKind]?: () => Promise<RunExecutor> } = {
  check: async () => (await import('./look.ts')).runCheck,
  ports: async () => (await import('./look.ts')).runPorts,
  path: async () => (await import('./look.ts')).runPath,
  media: async () => (await import('./look.ts')).runMedia,
  capacity: async () => (await import('./load.ts')).runCapacity,
  qos: async () => (await import('./load.ts')).runQos,
}
