import { defineConfig } from 'vitest/config'
import { RUNS } from './support/seed.ts'

const root = new URL('..', import.meta.url).pathname
/** Needs a cluster that no package brings: it runs where TEST_CITUS_URL names one. */
const OPT_IN = process.env.TEST_CITUS_URL ? [] : ['test/server/store/citus.test.ts']

/** Three groups, one after the other: what computes, what needs hosts, and what measures. */
export default defineConfig({
  test: {
    root,
    globalSetup: ['test/support/build.ts'],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 30_000 * RUNS,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/*.test.ts', 'test/{shared,config,server,agent,fuzz,museum}/**/*.test.ts'],
          exclude: OPT_IN,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          include: ['test/{lab,faults}/**/*.test.ts'],
          // Each lab has namespaces of its own and mostly waits for its clock.
          maxWorkers: 3,
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'scenarios',
          // Told in real time: only where the product itself says that this host was disturbed, once more.
          retry: { count: 1, condition: /expected 'inconclusive host/ },
          globalSetup: ['test/scenarios/report.ts'],
          include: ['test/scenarios/**/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
