import { describe, expect, test } from 'vitest'
import { LONGEST_WINDOW_MS } from '../../../server/store/record-row.ts'
import type { AgentState, Store } from '../../../server/store/store.ts'
import { openAside } from '../../../server/store/thread/aside.ts'
import { BOOT, MINUTE, OTHER_BOOT, row, START } from '../support/fixtures.ts'

const plain = (found: unknown) => structuredClone(found)

/** What every store must do, whatever database is behind it. `open` gives an empty store. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`store contract: ${name}`, () => {
    test('a record is stored once, and its bytes come back exactly', async () => {
      const store = await open()
      const first = row({ text: '{"a": 1.0,  "é":"\\u00e9"}' })
      expect(await store.append([first])).toEqual(['stored'])
      const found = await store.between('leeds', START, START + MINUTE, 10)
      const { frame: _, frameAt: __, leafHash: ___, ...kept } = first
      expect(found).toEqual([kept])
    })

    test('a thread of its own reads the same, beside the store’s', async () => {
      const store = await open()
      await store.append([row(), row({ sequence: 2, carries: 'round' })])
      const { store: beside, close } = await openAside(store.aside)
      try {
        const period = ['leeds', START, START + MINUTE, 10] as const
        const records = await store.between(...period)
        expect(records).toHaveLength(2)
        // Octets that crossed no thread are of another class.
        expect(plain(await beside.between(...period))).toEqual(plain(records))
        expect(plain(await beside.rounds(...period))).toEqual(plain(await store.rounds(...period)))
        const one = ['leeds', 'leeds-1', BOOT, 2] as const
        expect(plain(await beside.envelope(...one))).toEqual(plain(await store.envelope(...one)))
        expect(await beside.ledger.allLogs()).toEqual(await store.ledger.allLogs())
        // What is stored meanwhile is seen.
        await store.append([row({ sequence: 3 })])
        expect(await beside.between(...period)).toHaveLength(3)
      } finally {
        await close()
      }
    })

    test('what many sites carry is asked for at once, and is what each of them is asked for', async () => {
      const store = await open()
      const agents = ['leeds-1', 'leeds-2']
      const rows = ['leeds', 'york', 'hull'].flatMap((site) =>
        agents.flatMap((agent) =>
          Array.from({ length: 6 }, (_, n) =>
            row({
              ...{ site, agent, sequence: n + 1, carries: n % 3 === 2 ? 'run' : 'round' },
              ...{ fromMs: START + n * MINUTE, toMs: START + (n + 1) * MINUTE },
            }),
          ),
        ),
      )
      await store.append([...rows, row({ site: 'derby' })])
      const [afterMs, untilMs] = [START + MINUTE, START + 5 * MINUTE]
      for (const [kind, ask] of [
        ['round', store.rounds],
        ['run', store.runs],
      ] as const) {
        for (const each of [1, 3, 100]) {
          const sites = ['hull', 'york', 'derby', 'nowhere']
          const found = await store.carried(kind, sites, { afterMs, untilMs, each })
          const alone = await Promise.all(sites.map((site) => ask(site, afterMs, untilMs, each)))
          expect(found).toEqual(alone.flat())
          expect(found.length).toBeGreaterThanOrEqual(2)
        }
      }
      expect(await store.carried('run', [], { afterMs, untilMs, each: 9 })).toEqual([])
    })

    test('the grounds of many periods are what each of them is asked for', async () => {
      const store = await open()
      const minutes = Array.from({ length: 6 }, (_, n) => n)
      const carries = (n: number) => (['round', 'run', null] as const)[n % 3] ?? null
      const rows = ['leeds', 'york'].flatMap((site) =>
        minutes.map((n) =>
          row({
            ...{ site, sequence: n + 1, carries: carries(n) },
            ...{ fromMs: START + n * MINUTE, toMs: START + (n + 1) * MINUTE },
          }),
        ),
      )
      await store.append(rows)
      const span = { fromMs: START + MINUTE, toMs: START + 4 * MINUTE }
      const periods = ['york', 'leeds', 'nowhere'].map((site) => ({ site, ...span }))
      const grounds = await store.grounds(periods)
      for (const [at, { site, fromMs, toMs }] of periods.entries()) {
        const records = await store.between(site, fromMs, toMs, 901)
        expect(records).toHaveLength(site === 'nowhere' ? 0 : 3)
        expect(grounds[at]).toEqual({
          records: records.map(({ profileSha256, packed }) => ({ profileSha256, packed })),
          rounds: await store.rounds(site, 0, toMs, 100),
          runs: await store.runs(site, 0, toMs, 100),
        })
      }
    })

    test('the envelope comes back byte for byte', async () => {
      const store = await open()
      const payload = Buffer.from('any bytes').toString('base64')
      const whole = `{ "payload" : "${payload}", "payloadType":"x" }`
      const frameAt = whole.indexOf(payload)
      const frame = whole.replace(payload, '')
      await store.append([row({ text: 'any bytes', frame, frameAt })])
      const back = await store.envelope('leeds', 'leeds-1', BOOT, 1)
      expect(Buffer.from(back ?? []).toString()).toBe(whole)
      expect(await store.envelope('leeds', 'leeds-1', BOOT, 2)).toBeNull()
    })

    test('the same bytes again are a repeat, other bytes a conflict, within a batch too', async () => {
      const store = await open()
      const other = row({ text: 'other bytes' })
      expect(await store.append([row(), row(), other])).toEqual(['stored', 'repeated', 'conflict'])
      expect(await store.append([other, row(), row({ sequence: 2 })])).toEqual([
        'conflict',
        'repeated',
        'stored',
      ])
      const found = await store.between('leeds', START, START + MINUTE, 10)
      expect(found.map((record) => record.sequence)).toEqual([1, 2])
    })

    test('the same place of another site, agent or boot is another record', async () => {
      const store = await open()
      const rows = [
        row(),
        row({ site: 'york' }),
        row({ agent: 'leeds-2' }),
        row({ boot: OTHER_BOOT }),
      ]
      expect(await store.append(rows)).toEqual(['stored', 'stored', 'stored', 'stored'])
    })

    test('newest is the freshest record of each agent, whatever the order of arrival', async () => {
      const store = await open()
      const minute = (n: number, receivedMs: number) =>
        row({
          sequence: n + 1,
          fromMs: START + n * MINUTE,
          toMs: START + (n + 1) * MINUTE,
          receivedMs,
        })
      const late = START + 60 * MINUTE
      await store.append([minute(5, START + 6 * MINUTE + 1)])
      await store.append([minute(3, late), minute(4, late + 5)])
      await store.append([row({ site: 'york', sequence: 9 })])
      const states = await store.newest()
      expect(states.map(({ newest }) => [newest.site, newest.sequence])).toEqual([
        ['leeds', 6],
        ['york', 9],
      ])
      expect(states[0]?.lastReceivedMs).toBe(late + 5)
    })

    test('the newest records of a large fleet are read in pages, each agent once', async () => {
      const store = await open()
      const agents = ['a-1', 'a-2', 'b-1', 'b-10', 'b-2'].map((agent) => ({
        ...{ site: agent.slice(0, 1), agent },
      }))
      for (const one of [...agents].reverse()) await store.append([row(one)])
      const seen: string[] = []
      for (let after: (typeof agents)[number] | null = null; ; ) {
        const page: readonly AgentState[] = await store.newest(after, 2)
        expect(page.length).toBeLessThanOrEqual(2)
        seen.push(...page.map(({ newest }) => newest.agent))
        const last = page.at(-1)?.newest
        if (last === undefined) break
        after = { site: last.site, agent: last.agent }
      }
      expect(seen.sort()).toEqual(agents.map(({ agent }) => agent))
      expect((await store.newest()).map(({ newest }) => newest.agent).sort()).toEqual(seen)
    })

    test('an agent whose clock runs ahead does not stay the newest for ever', async () => {
      const store = await open()
      const ahead = START + 1000 * MINUTE
      await store.append([row({ fromMs: ahead, toMs: ahead + MINUTE })])
      await store.append([
        row({ sequence: 2, receivedMs: START + 9 * MINUTE, toMs: START + 9 * MINUTE }),
      ])
      expect((await store.newest())[0]?.newest.sequence).toBe(2)
    })

    test('a record with a run is found by that, and never is the newest beside a minute', async () => {
      const store = await open()
      const at = (n: number) => ({ fromMs: START + n * MINUTE, toMs: START + (n + 1) * MINUTE })
      const received = (n: number) => ({ sequence: n + 1, receivedMs: START + (n + 1) * MINUTE })
      const run = row({ ...at(3), ...received(3), carries: 'run' })
      await store.append([row({ ...at(0), ...received(0) }), run])
      const newest = async () => (await store.newest()).map((one) => one.newest.sequence)
      expect(await newest()).toEqual([1])
      expect((await store.newest())[0]?.lastReceivedMs).toBe(run.receivedMs)
      const runs = await store.runs('leeds', START, START + 9 * MINUTE, 9)
      expect(runs.map(({ sequence }) => sequence)).toEqual([4])
      await store.append([row({ ...at(1), ...received(1) })])
      expect(await newest()).toEqual([2])
    })

    test('holes in a boot are counted, repeats are not', async () => {
      const store = await open()
      await store.append([row({ sequence: 2 }), row({ sequence: 5 })])
      await store.append([row({ sequence: 2 }), row({ sequence: 3 })])
      const [boot] = await store.boots()
      expect(boot).toMatchObject({ boot: BOOT, records: 3, maxSequence: 5 })
    })

    test('between finds windows that touch the time, oldest first, up to the limit', async () => {
      const store = await open()
      const rows = Array.from({ length: 6 }, (_, n) =>
        row({ sequence: n + 1, fromMs: START + n * MINUTE, toMs: START + (n + 1) * MINUTE }),
      )
      const long = row({
        sequence: 7,
        fromMs: START - 10,
        toMs: START - 10 + LONGEST_WINDOW_MS,
      })
      await store.append([long, ...rows])
      const sequences = async (from: number, to: number, limit: number) =>
        (await store.between('leeds', from, to, limit)).map((record) => record.sequence)
      expect(await sequences(START + 2 * MINUTE, START + 4 * MINUTE, 10)).toEqual([3, 4, 7])
      expect(await sequences(START, START + 6 * MINUTE, 2)).toEqual([1, 2])
      expect(await store.between('york', START, START + 6 * MINUTE, 10)).toEqual([])
    })

    test('more rows than one statement holds are stored in one go', async () => {
      const store = await open()
      const rows = Array.from({ length: 450 }, (_, n) => row({ sequence: n + 1 }))
      expect(new Set(await store.append(rows))).toEqual(new Set(['stored']))
      expect(new Set(await store.append(rows))).toEqual(new Set(['repeated']))
      expect((await store.boots())[0]?.records).toBe(450)
    })

    test('a profile is kept once and comes back whole', async () => {
      const store = await open()
      const profile = { sha256: 'b'.repeat(64), id: 'x', version: '1.0.0', body: '{}', addedMs: 7 }
      await store.putProfile(profile)
      await store.putProfile({ ...profile, addedMs: 8 })
      expect(await store.profiles()).toEqual([profile])
    })
  })
}
