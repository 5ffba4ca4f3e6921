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
  const boots = new Set(bootsOf(farEnds.primary))
  const answeredForBoth = bootsOf(farEnds.secondary).some((boot) => boots.has(boot))
  const told = (farEnd: F) => ({ ...farEnd, answeredForBoth })
  return { primary: told(farEnds.primary), secondary: told(farEnds.secondary) }
}

function bootsOf({ heard }: Heard): string[] {
  return heard.flatMap(({ reflectorBoot }) => reflectorBoot ?? [])
}
