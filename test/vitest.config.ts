import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { RUNS } from './support/seed.ts'

const root = new URL('..', import.meta.url).pathname
/** Needs a cluster that no package brings: it runs where TEST_CITUS_URL names one. */
const OPT_IN = process.env.TEST_CITUS_URL ? [] : ['test/server/store/citus.test.ts']

/** Labs have namespaces of their own and wait for their clocks, as stories do: more fit at once. */
const WAITING = 5
/** Stories of real processes, which mostly wait for their clocks: they need no root, but time. */
const STORIES = [
  'test/agent/runs/*.test.ts',
  'test/agent/rows/pinned.test.ts',
  'test/agent/cli/{agent,check,demo}.test.ts',
  'test/server/kill.test.ts',
  'test/server/operations/{doctor,move}.test.ts',
  'test/config/published-schemas.test.ts',
]

/** Begun first, in this order: one that begins late is waited for by an idle machine. */
const LONGEST = [
  'test/lab/outage-story',
  'test/agent/runs/runs',
  'test/server/operations/move',
  'test/faults/fork',
  'test/scenarios/clocks',
  'test/scenarios/sessions',
  'test/style',
  'test/server/store/postgres',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((one) => moduleId.endsWith(`${one}.test.ts`))
      return at < 0 ? LONGEST.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

/** Some wait for a disk, a database or a child: two at once would leave a core idle now and then. */
const COMPUTING = 3

/** What is told in real time: only where the product itself says that this host was disturbed, again. */
const HOST_SAID_SO = { count: 3, condition: /expected 'inconclusive host/ }

/** Three groups, one after the other: what computes, what waits (on hosts too), what measures. */
export default defineConfig({
  test: {
    root,
    globalSetup: ['test/support/build.ts'],
    setupFiles: ['test/support/setup.ts'],
    // No test is to depend on the speed of the machine: what fails by time waits in vain.
    testTimeout: 60_000 * RUNS,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 50_000 } },
    maxWorkers: 2,
    // Loading what is tested anew for each file was a sixth of the time. What a file changes for
    // all (the environment, a mock, a timer) it puts back.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/*.test.ts', 'test/{config,server,agent,shared,fuzz,museum}/**/*.test.ts'],
          exclude: [...OPT_IN, ...STORIES],
          maxWorkers: COMPUTING,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'stories',
          include: STORIES,
          testTimeout: 120_000 * RUNS,
          maxWorkers: WAITING,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          retry: HOST_SAID_SO,
          include: ['test/{lab,faults}/**/*.test.ts'],
          maxWorkers: WAITING,
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'scenarios',
          retry: HOST_SAID_SO,
          globalSetup: ['test/scenarios/report.ts'],
          include: ['test/scenarios/**/*.test.ts'],
          maxWorkers: 3,
          testTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
