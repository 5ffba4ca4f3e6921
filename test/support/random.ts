/** A seeded generator of uniform numbers in [0, 1): sfc32, so that a run can be repeated. */
export type Random = () => number

/** `streams` tell apart the draws of one seed: loss must not change when jitter is added. */
export function seededRandom(seed: number, ...streams: readonly number[]): Random {
  let a = mix(seed)
  let b = mix(a ^ 0x9e3779b9)
  for (const stream of streams) {
    a = mix(a ^ stream)
    b = mix(b + stream + 1)
  }
  let c = mix(a + b)
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4294967296
  }
  for (let round = 0; round < 12; round++) next()
  return next
}

/** Standard normal deviate, clipped at +-4 (Box and Muller, one of the pair). */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()))
  const deviate = radius * Math.cos(2 * Math.PI * random())
  return Math.max(-4, Math.min(4, deviate))
}

/** The finaliser of MurmurHash3: neighbouring seeds give unrelated states. */
function mix(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
