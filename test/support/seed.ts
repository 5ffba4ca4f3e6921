/**
 * One seed for everything that tests make up: fixed, so that a run of the suite is a check and no toss
 * of a coin. VOIP_READY_SEED=random draws one for each file, a number sets it; whichever it was is
 * printed beside a test that fails. VOIP_READY_RUNS=50 makes fifty times as many cases.
 */
const FIXED = 20261126

/** A whole number of 31 bits. */
export const SEED = seedOf(process.env.VOIP_READY_SEED)

/** How many times as many cases as usual. */
export const RUNS = runsOf(process.env.VOIP_READY_RUNS)

function seedOf(given: string | undefined): number {
  if (given === undefined || given === '') return FIXED
  if (given === 'random') return Math.floor(Math.random() * 2 ** 31)
  const seed = Number(given)
  if (Number.isInteger(seed) && Math.abs(seed) < 2 ** 31) return seed
  throw new Error(`VOIP_READY_SEED: wanted "random" or a whole number of 31 bits, found "${given}"`)
}

function runsOf(given: string | undefined): number {
  const runs = Number(given === undefined || given === '' ? 1 : given)
  if (Number.isInteger(runs) && runs >= 1 && runs <= 1000) return runs
  throw new Error(`VOIP_READY_RUNS: wanted 1 to 1000, found "${given}"`)
}
