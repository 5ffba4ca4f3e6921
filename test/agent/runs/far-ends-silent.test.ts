import { expect, test, vi } from 'vitest'
import { enrolledSite } from './enrolled-site.ts'

vi.setConfig({ testTimeout: 300_000 })

/** Real processes, real time: an agent whose data centres both die between two minutes. */
test('all far ends fall silent: the collector says so within half a minute, and takes it back', async () => {
  const site = await enrolledSite()
  await site.put(await site.plan())
  const agent = site.startAgent()
  const look = async () => (await site.api('GET', '/sites/leeds')).body as unknown as Summary
  const slow = { timeout: 180_000, interval: 500 }
  const whole = { cause: null, last: {}, agents: [{ alive: { heard: 2, silent: [] } }] }
  await expect.poll(look, slow).toMatchObject(whole)

  const diedMs = Date.now()
  site.reflector.running.child.kill('SIGKILL')
  const soon = { timeout: 30_000, interval: 250 }
  await expect.poll(async () => (await look()).cause, soon).toBe('far-ends-silent')
  const said = await look()
  expect(said).toMatchObject({ overall: 'CANNOT SAY', silent: false })
  const silent = said.agents[0]?.alive?.silent ?? []
  expect(silent.map(({ farEnd }) => farEnd).sort()).toEqual(['primary', 'secondary'])
  for (const { since } of silent) {
    expect(Math.abs(Date.parse(since) - diedMs)).toBeLessThan(5000)
  }
  const fleet = (await site.api('GET', '/sites')).body
  expect(fleet).toMatchObject({ counts: { cannotSay: 1 }, sites: [{ cause: 'far-ends-silent' }] })
  const scraped = await fetch(`${site.url}/metrics/sites`, {
    headers: { authorization: `Bearer ${site.admin}` },
  })
  const found = (await scraped.text()).match(/^voipready_agent_far_end_silent_since.*$/gm) ?? []
  expect(found).toHaveLength(2)
  expect(found[0]).toMatch(/\{site="leeds",agent="leeds-1",far_end="(primary|secondary)"\} \d/)

  await site.reflector.revive()
  await expect.poll(async () => (await look()).cause, { ...slow, timeout: 60_000 }).toBeNull()
  expect((await look()).agents[0]?.alive).toMatchObject({ heard: 2, silent: [] })
  agent.child.kill('SIGTERM')
  expect((await agent.ended).code).toBe(0)
})

interface Summary {
  readonly overall: string
  readonly cause: string | null
  readonly silent: boolean
  readonly last: { readonly ageSeconds: number } | null
  readonly agents: readonly {
    readonly alive: null | {
      readonly heard: number | null
      readonly silent: readonly { readonly farEnd: string; readonly since: string }[]
    }
  }[]
}
