import type { Step } from '../steps.ts'

/** The tables of this part. */
export const plansStep: Step = () => []
