import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exitOf, good, lacking } from '../../../agent/doctor/advice.ts'
import { judgeClock } from '../../../agent/doctor/instrument.ts'
import { judgeNic } from '../../../agent/doctor/nic.ts'
import { judgePrivileges } from '../../../agent/doctor/privileges.ts'
import { readNic } from '../../../agent/io/nic.ts'
import { run } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

/** A copy of sysfs with one interface that has these attributes and folders. */
function nic(attributes: { readonly [name: string]: string }, folders: readonly string[] = []) {
  const root = temporaryDirectory()
  mkdirSync(join(root, 'net0'))
  for (const [name, value] of Object.entries(attributes)) {
    writeFileSync(join(root, 'net0', name), `${value}\n`)
  }
  for (const folder of folders) mkdirSync(join(root, 'net0', folder))
  return judgeNic(readNic('net0', { sys: root, cpu: join(root, 'cpuinfo') }))
}

test('an interface is good only when the kernel says full duplex of a real device', () => {
  const wired = { speed: '1000', duplex: 'full' }
  expect(nic(wired, ['device'])).toMatchObject({ state: 'good', found: 'full duplex, 1000 Mbit/s' })
  expect(nic({ ...wired, duplex: 'half' }, ['device']).costs).toContain('VRN-2 fails')
  expect(nic(wired).state).toBe('missing')
  expect(nic(wired, ['device', 'wireless']).found).toContain('wireless')
  expect(nic({ speed: '-1', duplex: 'unknown' }, ['device'])).toMatchObject({
    state: 'missing',
    found: 'duplex unknown, speed unknown',
  })
})

test('privileges are read from the effective set, bit by bit', () => {
  const state = (status: string | undefined) =>
    judgePrivileges(status).map((checkup) => checkup.state)
  expect(state('CapEff:\t0000000000002000\n')).toEqual(['good', 'missing', 'missing'])
  expect(state('CapEff:\t0000000000802400\n')).toEqual(['good', 'good', 'good'])
  expect(state(undefined)).toEqual(['missing'])
})

test('a clock that does not say how good it is, is not called good', () => {
  const clock = { synchronised: true, maxErrorMs: 2, source: 'adjtimex', steps: 0 } as const
  expect(judgeClock(clock).state).toBe('good')
  expect(judgeClock({ ...clock, maxErrorMs: null }).state).toBe('degraded')
  expect(judgeClock({ ...clock, synchronised: false }).state).toBe('degraded')
  expect(judgeClock({ ...clock, source: 'none' }).state).toBe('missing')
})

test('the worst decides the exit code', () => {
  const lack = (state: 'missing' | 'broken') => lacking('x', state, '', '', '')
  expect(exitOf([good('x', '')])).toBe(0)
  expect(exitOf([good('x', ''), lack('missing')])).toBe(2)
  expect(exitOf([lack('missing'), lack('broken')])).toBe(4)
})

test('the whole visit, with the portable engine: says what it costs, exit 2', async () => {
  const ended = await run(['doctor', '--engine', 'dgram', '--json'])
  const visit = JSON.parse(ended.out)
  expect(ended.code).toBe(2)
  expect(visit.exit).toBe(2)
  const marks = visit.checkups.find((checkup: { name: string }) => checkup.name === 'marks')
  expect(marks.costs).toBe('VRN-5 is inconclusive')
  expect(visit.checkups.some((checkup: { state: string }) => checkup.state === 'broken')).toBe(
    false,
  )
})
