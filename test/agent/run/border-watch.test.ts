import { expect, test } from 'vitest'
import { BorderWatch } from '../../../agent/run/border-watch.ts'

/** What the agent's log says of borders of segments that do not answer. */
function watched() {
  const said: (readonly [level: string, text: string, facts: object])[] = []
  const to = (level: string) => (text: string, facts: object) =>
    void said.push([level, text, facts])
  const log = { info: to('info'), warn: to('warn'), error: to('error') } as never
  const watch = new BorderWatch(log)
  const note = (state: 'opening' | 'open' | 'refused' | 'silent' | 'closed', seconds: number) => {
    const place = {
      farEnd: 'primary',
      segment: 'access',
      address: '192.0.2.9',
      port: 4000,
    } as const
    watch.note({ type: 'border', ...place, state, detail: `it is ${state}` }, seconds * 1000)
  }
  const look = (...seconds: readonly number[]) => {
    for (const one of seconds) watch.look(one * 1000)
    return said.splice(0)
  }
  return { note, look }
}

test('a border that never answers is told once, with its segment, address, and what to do', () => {
  const { note, look } = watched()
  note('opening', 0)
  expect(look(5, 30, 59)).toEqual([])
  const told = look(60, 65, 3600)
  expect(told).toEqual([
    [
      'warn',
      'the border of a segment does not answer; nothing is located by it meanwhile',
      {
        ...{ segment: 'access', farEnd: 'primary', address: '192.0.2.9', port: 4000, seconds: 60 },
        ...{ detail: 'it is opening', mend: expect.stringMatching(/reflector runs there.*key/) },
      },
    ],
  ])
  note('open', 4000)
  note('open', 4001)
  expect(look(4002).map(([level, text]) => `${level} ${text}`)).toEqual([
    'info the border of a segment answers',
  ])
})

test('silence counts from its begin, however often the state is told; short ones are not told', () => {
  const { note, look } = watched()
  note('open', 0)
  note('silent', 10)
  note('opening', 40)
  note('silent', 65)
  expect(look(69)).toEqual([])
  expect(look(70)).toHaveLength(1)
  note('open', 71)
  expect(look(72)).toHaveLength(1)
  note('silent', 80)
  note('open', 100)
  expect(look(200)).toEqual([])
})

test('a border that refuses is told with what it names; the end of the streams is no silence', () => {
  const { note, look } = watched()
  note('open', 0)
  note('closed', 1)
  expect(look(100)).toEqual([])
  note('refused', 100)
  const [[level, , facts] = []] = look(161)
  expect([level, facts]).toMatchObject([
    'warn',
    { mend: expect.stringMatching(/what its reflector/) },
  ])
})
