import type { StreamObservation } from '../record/observation.ts'

interface Heard {
  readonly heard: readonly StreamObservation[]
}

/**
 * Says of both far ends whether one reflector answered at the two: an address given twice, or a NAT that
 * leads both to one host. Then one data centre was looked at, and nobody knows which.
 */
export function toldApart<F extends Heard>(farEnds: {
  readonly primary: F
  readonly secondary: F
}) {
  const answeredForBoth = shareReflector(farEnds.primary.heard, farEnds.secondary.heard)
  const told = (farEnd: F) => ({ ...farEnd, answeredForBoth })
  return { primary: told(farEnds.primary), secondary: told(farEnds.secondary) }
}

/** Whether one reflector answered streams of both. */
export function shareReflector(
  primary: readonly StreamObservation[],
  secondary: readonly StreamObservation[],
): boolean {
  const boots = new Set(bootsOf(primary))
  return bootsOf(secondary).some((boot) => boots.has(boot))
}

function bootsOf(heard: readonly StreamObservation[]): string[] {
  return heard.flatMap(({ reflectorBoot }) => reflectorBoot ?? [])
}
