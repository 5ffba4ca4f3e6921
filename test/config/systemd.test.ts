import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../support/sources.ts'

const folder = join(root, 'config/systemd')
const UNITS = ['collector', 'agent', 'reflector'] as const
const fileOf = (unit: string) => join(folder, `voip-ready-${unit}.service`)

/** Every line `Key=Value`, comments left out. */
function settings(unit: string): { readonly key: string; readonly value: string }[] {
  return readFileSync(fileOf(unit), 'utf8')
    .split('\n')
    .filter((line) => /^[A-Za-z]+=/.test(line))
    .map((line) => ({ key: line.split('=', 1)[0] ?? '', value: line.replace(/^[A-Za-z]+=/, '') }))
}

const valuesOf = (unit: string, key: string) =>
  settings(unit)
    .filter((one) => one.key === key)
    .map(({ value }) => value)

/** Commands and options of the line that starts the program, without the program and its values. */
function wordsOf(unit: string): { readonly commands: string[]; readonly options: string[] } {
  const [line = ''] = valuesOf(unit, 'ExecStart')
  const words = line.replace('/usr/bin/env voip-ready ', '').split(' ')
  const options = words.filter((word) => word.startsWith('--'))
  const commands = words.filter((word) => /^[a-z]+$/.test(word))
  return { commands, options }
}

describe.each(UNITS)('the unit of the %s', (unit) => {
  test('starts the program by options that it has', () => {
    const { commands, options } = wordsOf(unit)
    expect(commands[0]).toBe(unit)
    const program = join(root, 'dist/agent/main.js')
    const help = spawnSync(process.execPath, [program, ...commands, '--help'], { encoding: 'utf8' })
    expect(help.status, help.stderr).toBe(0)
    expect(options.length).toBeGreaterThan(1)
    const unknown = options.filter((option) => !new RegExp(`${option}[ ,=]`).test(help.stdout))
    expect(unknown).toEqual([])
  })

  test('is hardened, and holds the powers that its code uses and no others', () => {
    const wanted = unit === 'collector' ? '' : 'CAP_NET_RAW CAP_SYS_NICE CAP_NET_BIND_SERVICE'
    expect(valuesOf(unit, 'CapabilityBoundingSet')).toEqual([wanted])
    expect(valuesOf(unit, 'AmbientCapabilities')).toEqual([wanted])
    for (const [key, value] of [
      ['DynamicUser', 'yes'],
      ['ProtectSystem', 'strict'],
      ['NoNewPrivileges', 'yes'],
      ['Restart', 'on-failure'],
      ['StateDirectoryMode', '0700'],
      ['StateDirectory', `voip-ready-${unit}`],
    ] as const) {
      expect(valuesOf(unit, key), key).toEqual([value])
    }
    expect(valuesOf(unit, 'WatchdogSec'), 'nothing answers a watchdog').toEqual([])
  })

  test('hands secrets in as credentials, and never on the command line', () => {
    const [line = ''] = valuesOf(unit, 'ExecStart')
    const handed = valuesOf(unit, 'LoadCredential').map((value) => value.split(':')[0])
    const used = [...line.matchAll(/\$\{CREDENTIALS_DIRECTORY\}\/(\S+)/g)].map(([, file]) => file)
    expect(used).toEqual(handed)
    expect(line).not.toContain('/etc/voip-ready')
  })
})

test('the kernel may be asked how good the clock is', () => {
  for (const unit of ['agent', 'reflector']) {
    expect(valuesOf(unit, 'SystemCallFilter').join(' ')).toContain('adjtimex')
    expect([...valuesOf(unit, 'ProtectClock'), ...valuesOf(unit, 'RestrictRealtime')]).toEqual([])
  }
})

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
test.skipIf(!hasSystemd && process.env.CI !== 'true')('systemd reads all three', () => {
  const run = spawnSync('systemd-analyze', ['verify', ...UNITS.map(fileOf)], { encoding: 'utf8' })
  expect(run.status, run.stderr).toBe(0)
  const ours = run.stderr.split('\n').filter((line) => line.includes('voip-ready'))
  expect(ours).toEqual([])
})
