import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { told } from '../../support/eligibility-world.ts'
import { worldLines } from '../../support/evidence-world.ts'
import { run } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

const short = worldLines({ minutes: 30 })

test.each([
  [{ from: '2026-03-02T11:50Z', to: '2026-03-02T11:20Z' }, /--from: wanted a time before --to/],
  [{ from: '2026-03-02T11:20' }, /--from: wanted a time with its zone/],
  [{ from: '2026-02-30T11:20Z' }, /--from: wanted a time with its zone.*a day that the calendar/],
  [{ to: '2999-01-01T00:00Z' }, /--to: wanted a time that is past/],
  [{ outageRef: ' ' }, /--outage-ref: wanted a name/],
  [{ site: 'york' }, /--site: wanted leeds, found york/],
  [{ reference: 1_000_000 }, /--reference: wanted whole quarter hours/],
  [
    { from: '2026-03-02T11:20Z' },
    /wanted a bundle that covers .*2026-03-02T10:15Z.*get one that does/,
  ],
  [{ bundle: '/nowhere/b' }, /wanted a file that can be read/],
])('%j is refused and says how to mend it', async (change, words) => {
  await expect(told(short, { from: '2026-03-02T10:20Z', ...change })).rejects.toThrow(words)
})

test('nobody is sent to get a bundle of quarter hours to come', async () => {
  const outage = { from: '2026-03-02T11:20Z', to: '2026-03-02T11:50Z' }
  const asked = told(short, outage, Date.parse('2026-03-02T13:05Z'))
  await expect(asked).rejects.toThrow('--to 2026-03-02T13:00Z')
})

test('a file that is no bundle is invalid evidence, and neither file nor collector is a usage fault', async () => {
  const file = join(temporaryDirectory(), 'b')
  writeFileSync(file, 'something else')
  const asked = ['--site', 'leeds', '--outage-ref', 'C', '--from', '2026-03-02T11:20Z']
  const args = ['eligibility', ...asked, '--to', '2026-03-02T11:50Z']
  const found = await run([...args, '--bundle', file])
  expect([found.code, found.out]).toEqual([5, expect.stringContaining('INVALID')])
  const neither = await run(args)
  expect(neither.code).toBe(3)
  expect(neither.err).toContain('--bundle or --collector')
})
