import { expect, test } from 'vitest'
import { lossOf, PACKETS, silent, stream } from '../../shared/verdict/scenes.ts'
import { type TestCollector, testCollector } from '../support/collector.ts'
import { envelope, record } from '../support/fixtures.ts'

test('a silence of all far ends has one word in list, site and metrics, however long it lasts', async () => {
  const collector = await testCollector()
  const url = await collector.app.listen({ host: '127.0.0.1', port: 0 })
  const said = (heard: number, seconds: number) => say(url, collector.agent, heard, seconds)
  await deliver(collector, 0, lossy)
  expect(await words(collector)).toEqual([null, null, 'not_ready'])
  const deaf = ['far-ends-silent', 'far-ends-silent', 'cannot_say']
  await said(0, 30)
  expect(await words(collector), 'no minute tells of it').toEqual(deaf)
  await said(2, 0)
  expect(await words(collector), 'they are back').toEqual([null, null, 'not_ready'])
  for (let minute = 1; minute <= 6; minute += 1) await deliver(collector, minute, nothing)
  await said(0, 360)
  expect(await words(collector), 'minutes come with nothing in them').toEqual(deaf)
  await said(1, 360)
  expect(await words(collector), 'one of them is heard').toEqual([null, null, 'cannot_say'])
})

const FAR_ENDS = ['primary', 'secondary'] as const
type Seen = (from: number, to: number) => readonly ReturnType<typeof stream>[]
const lossy: Seen = (from, to) =>
  FAR_ENDS.map((farEnd) => stream({ farEnd, from, to, out: { loss: lossOf(600) } }))
const nothing: Seen = (from, to) => FAR_ENDS.map((farEnd) => silent(PACKETS, { farEnd, from, to }))

async function deliver({ deliver, clock, profileSha256 }: TestCollector, minute: number, of: Seen) {
  const base = record(profileSha256, { minute })
  const { from, to } = base.window
  clock.nowMs = Math.max(clock.nowMs, to + 2000)
  expect((await deliver(envelope({ ...base, observations: of(from, to) }))).status).toBe(201)
}

/** The agent asks for work, and says how many far ends it hears, and for how long the others are silent. */
async function say(url: string, headers: TestCollector['agent'], heard: number, seconds: number) {
  const silences = FAR_ENDS.slice(heard).map((farEnd) => `&${farEnd}Silent=${seconds}`)
  const asked = `${url}/api/v1/agents/self/work?wait=0&heard=${heard}${silences.join('')}`
  expect((await fetch(asked, { headers })).status).toBe(204)
}

async function words({ get }: TestCollector) {
  const list = await get('/api/v1/sites')
  const site = await get('/api/v1/sites/leeds')
  const { text } = await get('/metrics/sites')
  const [, word] = /^voipready_site_verdict\{site="leeds",verdict="(\w+)"\} 1$/m.exec(text) ?? []
  return [list.body.sites[0].cause, site.body.cause, word]
}
