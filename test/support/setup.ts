import type fc from 'fast-check'
import { afterEach, vi } from 'vitest'
import { RUNS, SEED } from './seed.ts'

/**
 * Before each file of tests. Properties are asserted with the suite's own seed, and as many times as
 * was asked for: a number of runs given where a property stands would override a global setting, so
 * `assert` itself is replaced. Files without properties do not load the library.
 */
vi.mock('fast-check', async (original) => {
  const real = await original<typeof import('fast-check')>()
  const assert = ((property: fc.IRawProperty<unknown>, given?: fc.Parameters<unknown>) =>
    real.assert(property, {
      ...{ seed: SEED, ...given, numRuns: (given?.numRuns ?? 100) * RUNS },
    })) as typeof real.assert
  return { ...real, assert, default: { ...real.default, assert } }
})

afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(`${task.name}: VOIP_READY_SEED=${SEED}`)
})
