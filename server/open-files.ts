import { readFileSync } from 'node:fs'

/**
 * How many files this process may have open, maybe infinity; null where its system does not say.
 * @param limits text of /proc/self/limits (proc_pid_limits(5)); null: not this kind of system
 */
export function openFiles(limits: string | null): number | null {
  const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? '') ?? []
  if (soft === undefined) return null
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
}

export function readLimits(): string | null {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return null
  }
}
