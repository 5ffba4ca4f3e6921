/** Runs that may be asked of a site's agent. */
export const RUN_KINDS = ['check', 'ports', 'path', 'media', 'capacity', 'qos'] as const
export type RunKind = (typeof RUN_KINDS)[number]

/** Runs that make load of their own: these need the site's consent, and keep its caps. */
export const LOAD_KINDS: ReadonlySet<RunKind> = new Set(['media', 'capacity', 'qos'])

/** Where a site has no plan, what makes no load may run. */
export const ALLOWED_WITHOUT_PLAN: readonly RunKind[] = ['check', 'ports', 'path']

export const RUN_STATES = [
  ...(['asked', 'taken', 'running'] as const),
  ...(['done', 'failed', 'refused', 'expired', 'cancelled'] as const),
] as const
export type RunState = (typeof RUN_STATES)[number]
const OVER: ReadonlySet<RunState> = new Set(['done', 'failed', 'refused', 'expired', 'cancelled'])

export function isOver(state: RunState): boolean {
  return OVER.has(state)
}
