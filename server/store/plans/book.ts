import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

// biome-ignore lint/suspicious/noEmptyInterface: filled with the part
export interface PlanBook {}

export function plansBook(_db: Kysely<Tables>): PlanBook {
  return {}
}

/** Methods that only read: a second connection may serve them. */
export const PLANS_READS: readonly (keyof PlanBook)[] = []
