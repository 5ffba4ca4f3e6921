import type { Probe } from './types.ts'

/**
 * Every probe besides the voice streams, with its real sockets and files. Each is loaded only when it
 * is asked for; loading one opens nothing.
 */
export const PROBES: readonly (() => Promise<Probe>)[] = [
  async () => (await import('./link/link.ts')).linkProbe((await import('../io/link.ts')).linkIo()),
]
