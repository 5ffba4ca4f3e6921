import { seededRandom } from '../support/random.ts'

/** A process that can be ended without warning. */
export interface Victim {
  readonly kill: (signal: 'SIGKILL') => unknown
  /** Settles when the process is gone, with its exit code (null: a signal ended it). */
  readonly ended: Promise<number | null>
}

export interface KillPlan {
  readonly rounds: number
  readonly seed: number
  /** Each life ends at a random instant between these, milliseconds after it was started. */
  readonly lifeMs: readonly [shortest: number, longest: number]
  /** Runs after each death, before the next start. */
  readonly afterDeath?: (round: number) => Promise<void> | void
}

/**
 * Starts a process again and again and kills each with SIGKILL at a random instant. Throws when one
 * ended by itself: what dies of something else than the kill is a defect.
 */
export async function killAtRandom(
  start: (round: number) => Promise<Victim> | Victim,
  plan: KillPlan,
): Promise<void> {
  const random = seededRandom(plan.seed)
  const [shortest, longest] = plan.lifeMs
  for (let round = 0; round < plan.rounds; round++) {
    const victim = await start(round)
    const lifeMs = shortest + random() * (longest - shortest)
    const died = await Promise.race([pause(lifeMs), victim.ended])
    if (died !== 'alive') throw new Error(`round ${round}: it ended by itself with ${died}`)
    victim.kill('SIGKILL')
    await victim.ended
    await plan.afterDeath?.(round)
  }
}

function pause(ms: number): Promise<'alive'> {
  return new Promise((resolve) => setTimeout(() => resolve('alive'), ms))
}
