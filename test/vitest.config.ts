import { defineConfig } from 'vitest/config'

const root = new URL('..', import.meta.url).pathname

/** Two groups, one after the other: what computes may share the cores, what measures may not. */
export default defineConfig({
  test: {
    root,
    globalSetup: ['test/support/build.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/*.test.ts', 'test/{shared,config,server,agent,fuzz,museum}/**/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          globalSetup: ['test/scenarios/report.ts'],
          include: ['test/{lab,scenarios,faults}/**/*.test.ts'],
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
