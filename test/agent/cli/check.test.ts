import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CheckResultSchema } from '../../../config/check-result.ts'
import { streamsOf } from '../../../shared/record/kinds.ts'
import { freePort } from '../../support/free-port.ts'
import { lossyRelay } from '../../support/lossy-relay.ts'
import { run, start, startReflector } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { until } from '../../support/until.ts'

const VOICE = 'VRN-3,VRN-4,VRN-5,VRN-6'

describe('a check over loopback, with real processes and packets', () => {
  test('--json holds both far ends, judged, in the published form; JUnit is written beside it', async () => {
    const folder = temporaryDirectory()
    const reflector = await startReflector(folder)
    const at = `127.0.0.1:${reflector.port}`
    const junit = join(folder, 'junit.xml')
    const args = ['check', '--media-only', '--primary', at, '--secondary', at]
    args.push('--key', reflector.key)
    const ended = await run([...args, '--duration', '2s', '--json', '--junit', junit])

    const result = v.parse(CheckResultSchema, JSON.parse(ended.out))
    expect(ended.code).toBe(result.exit)
    expect(result.observations.map((seen) => seen.farEnd)).toEqual(['primary', 'secondary'])
    for (const seen of streamsOf(result.observations)) {
      expect(seen.instrument.scheduled).toBe(100)
      expect(seen.legs.out.loss.received + seen.legs.out.loss.lost).toBe(
        seen.legs.out.loss.expected,
      )
    }
    expect(result.judgement.profile.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(result.capabilities?.engine).toMatch(/linux|dgram/)
    expect(new Set(result.judgement.findings.map((found) => found.farEnd))).toContain('secondary')
    const xml = readFileSync(junit, 'utf8')
    expect(xml).toContain('<testcase classname="VRN-3"')
    // What it advises runs as it stands there; a key is a secret.
    const named = `--primary ${at} --secondary ${at} --key test:SECRET`
    const again = `; then: voip-ready qos ${named}`
    expect(result.judgement.findings.map(({ advice }) => advice).join()).toContain(again)
    expect(xml).toContain(`${again}<`)
    for (const text of [ended.out, xml]) expect(text).not.toMatch(/--site FILE/)
    const ids = [...new Set(result.judgement.findings.map(({ id }) => id))].sort()
    const { lines = [] } = result
    expect(lines.map(({ id }) => id).sort()).toEqual(ids)
    expect(lines.find(({ id }) => id === 'VRN-3')).toMatchObject({
      ...{ line: 1216, reading: expect.stringContaining('exactly 150 fails') },
      why: expect.stringContaining('Statistic, window and points of measurement are not stated'),
    })
  })

  test('the table fits 100 columns, is not coloured in a pipe, and ends with the roll-up', async () => {
    const reflector = await startReflector(temporaryDirectory())
    const site = join(temporaryDirectory(), 'site.yaml')
    const farEnd = `{reflector: 127.0.0.1, port: ${reflector.port}, key: "${reflector.key}"}`
    writeFileSync(
      site,
      `format: voip-ready/site/1\nsite: leeds\nprofile: pureconnect-rcm\n` +
        `farEnds:\n  primary: ${farEnd}\n  secondary: ${farEnd}\n`,
    )
    const ended = await run(['check', '--site', site, '--media-only', '--duration', '2s'])
    const lines = ended.out.trimEnd().split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
    expect(ended.out).not.toContain('\u001b')
    expect(ended.err).toBe('')
    expect(lines.find((line) => line.startsWith('CANNOT SAY'))).toMatch(
      /^CANNOT SAY: 0 fail, \d+ inconclusive, \d+ pass, \d+ not tested$/,
    )
    expect(ended.out).toContain('not tested: ')
    expect(ended.code).toBe(2)
  })

  test('packets that overtake each other are named for the jitter, copies are told beside a pass', async () => {
    const reflector = await startReflector(temporaryDirectory())
    const manners = { lost: 0, doubled: 0.2, held: 0.4, holdMs: 500 }
    const relay = await lossyRelay(reflector.port, 1, manners)
    onTestFinished(() => relay.close())
    const at = ['--primary', `127.0.0.1:${relay.port}`, '--key', reflector.key]
    const check = ['check', '--media-only', ...at, '--duration', '4s', '--only', VOICE]
    let text = ''
    // A host that was disturbed convicts nobody, and says so: then it is looked at again.
    for (let looks = 0; looks < 3 && !text.includes('fail VRN-4'); looks += 1)
      text = (await run(check)).out.replace(/\s+/g, ' ')
    expect(text).toMatch(/fail VRN-4 jitter primary out/)
    expect(text).toMatch(/reordering is the likely cause: \d+ of \d+ packets were overtaken/)
    expect(text).toMatch(/do: keep each call on one way and in one queue/)
    expect(text).toMatch(/primary voice out, of \d+ packets: \d+ came again/)
  })

  test('Ctrl-C judges what was seen until then', async () => {
    const reflector = await startReflector(temporaryDirectory())
    const relay = await lossyRelay(reflector.port, 1, { lost: 0, doubled: 0, held: 0, holdMs: 0 })
    onTestFinished(() => relay.close())
    const args = ['check', '--media-only', '--primary', `127.0.0.1:${relay.port}`]
    args.push('--key', reflector.key)
    const running = start([...args, '--duration', '10m', '--json', '--only', VOICE])
    await until(() => relay.heard() > 50)
    running.child.kill('SIGINT')
    const ended = await running.ended
    const result = v.parse(CheckResultSchema, JSON.parse(ended.out))
    expect(result.stoppedEarly).toBe(true)
    expect(streamsOf(result.observations)[0]?.instrument.sent).toBeLessThan(5000)
    expect(ended.code).toBe(result.exit)
  })
})

describe('when nobody answers', () => {
  test.each(['no reflector', 'a key that the reflector does not know'])(
    '%s: exit 4, and says what it may be',
    async (case_) => {
      const reflector = await startReflector(temporaryDirectory())
      const port = case_ === 'no reflector' ? await freePort() : reflector.port
      const args = [
        'check',
        '--primary',
        `127.0.0.1:${port}`,
        '--key',
        `stranger:${'x'.repeat(32)}`,
      ]
      const ended = await run([...args, '--duration', '60s', '--only', VOICE])
      expect(ended.code).toBe(4)
      const text = ended.out.replace(/\s+/g, ' ')
      expect(text).toContain(`primary 127.0.0.1:${port} did not answer`)
      expect(text).toContain('an access key that it does not know')
      expect(text).not.toContain(' pass ')
    },
  )

  test('one far end silent: the other is judged, and nothing is READY', async () => {
    const reflector = await startReflector(temporaryDirectory())
    const [good, silent] = [reflector.port, await freePort()]
    const args = ['check', '--primary', `127.0.0.1:${good}`, '--secondary', `127.0.0.1:${silent}`]
    const ended = await run([
      ...args,
      '--key',
      reflector.key,
      '--duration',
      '3s',
      '--only',
      'VRN-3',
      '--json',
    ])
    const result = v.parse(CheckResultSchema, JSON.parse(ended.out))
    expect(result.judgement.overall).toBe('CANNOT SAY')
    const secondary = result.judgement.findings.filter((found) => found.farEnd === 'secondary')
    expect(secondary.map((found) => [found.verdict, found.reason])).toEqual([
      ['inconclusive', 'no-reply'],
      ['inconclusive', 'no-reply'],
    ])
    expect(ended.code).toBe(2)
  })
})

test('without voice, a far end that nothing can be sent to is named, and it is not READY', async () => {
  const folder = temporaryDirectory()
  const { port, key } = await startReflector(folder)
  const site = join(folder, 'site.yaml')
  const far = (at: string) => `{reflector: '${at}', port: ${port}, key: "${key}"}`
  writeFileSync(
    site,
    `format: voip-ready/site/1\nsite: leeds\nprofile: pureconnect-rcm\n` +
      `farEnds:\n  primary: ${far('127.0.0.1')}\n  secondary: ${far('fe80::1')}\n`,
  )
  const junit = join(folder, 'junit.xml')
  const asked = ['check', '--site', site, '--no-media', '--only', 'MON-HW-06']
  const [ended, table, dhcp] = await Promise.all([
    run([...asked, '--json', '--junit', junit]),
    run(asked),
    run(['check', '--site', site, '--no-media', '--only', 'VRN-2', '--json']),
  ])
  const result = v.parse(CheckResultSchema, JSON.parse(ended.out))
  expect(result.leftOut).toMatchObject([
    {
      farEnd: 'secondary',
      why: expect.stringContaining('a link-local address with the interface'),
    },
  ])
  expect(result.judgement.overall).toBe('CANNOT SAY')
  expect(result.judgement.findings.find(({ farEnd }) => farEnd === 'secondary')).toMatchObject({
    ...{ verdict: 'not-tested', reason: 'probe-not-run' },
    detail: expect.stringMatching(/^left out: .*farEnds.secondary.reflector: wanted a link-local/),
  })
  expect(readFileSync(junit, 'utf8')).toContain('probe-not-run: left out: ')
  expect(table.out.replace(/\s+/g, ' ')).toContain('secondary is left out: ')
  expect(ended.code).toBe(2)
  // Who looks at no far end misses none.
  expect(JSON.parse(dhcp.out).leftOut).toBeUndefined()
})

const KEY = `k:${'x'.repeat(32)}`
const WRONG: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
  ['an unknown option', ['check', '--primry', 'x'], /unknown option '--primry'.*--primary/],
  ['an unknown command', ['chek'], /unknown command 'chek'/],
  [
    'a missing site file',
    ['check', '--site', '/nowhere/site.yaml'],
    /\/nowhere\/site\.yaml: wanted a file/,
  ],
  ['no far end at all', ['check'], /--site FILE, or --primary/],
  ['no key', ['check', '--primary', '127.0.0.1'], /--key: wanted the access key/],
  ['both kinds of far end', ['check', '--site', 'x', '--primary', 'y'], /found both/],
  ['a key that is none', ['check', '--primary', '127.0.0.1', '--key', 'short'], /key: wanted/],
  [
    'an unknown profile',
    ['check', '--primary', '127.0.0.1', '--key', KEY, '--profile', 'pureconect-rcm'],
    /did you mean pureconnect-rcm/,
  ],
  [
    'a line that the profile has not',
    ['check', '--primary', '127.0.0.1', '--key', KEY, '--only', 'VRN-99'],
    /found VRN-99/,
  ],
  ['a time of no length', ['check', '--duration', '0'], /from 2s to 24h/],
  [
    'a collector that is no address',
    ['agent', '--site', 's', '--collector', 'ftp://x', '--token-file', 't', '--spool', 'p'],
    /--collector: wanted http/,
  ],
]

test.each(WRONG)('%s: exit 3 and one clear line', async (_what, args, says) => {
  const ended = await run(args)
  expect(ended.err).toMatch(says)
  expect(ended.err.trim().split('\n')).toHaveLength(1)
  expect(ended.out).toBe('')
  expect(ended.code).toBe(3)
})

test('a profile with a mistake: exit 3, with file, line and key', async () => {
  const file = join(temporaryDirectory(), 'broken.yaml')
  writeFileSync(file, 'format: voip-ready/profile/1\nid: broken\nversoin: 1.0.0\n')
  const ended = await run(['check', '--primary', '127.0.0.1', '--key', KEY, '--profile', file])
  expect(ended.code).toBe(3)
  expect(ended.err).toMatch(/broken\.yaml:3:\d+.*versoin/)
  expect(ended.err).not.toMatch(/\n\s+at /)
})

test('a JUnit file that cannot be written: exit 4', async () => {
  const reflector = await startReflector(temporaryDirectory())
  const args = ['check', '--media-only', '--primary', `127.0.0.1:${reflector.port}`]
  args.push('--key', reflector.key)
  const ended = await run([...args, '--duration', '2s', '--junit', '/nowhere/at/all.xml'])
  expect(ended.code).toBe(4)
  expect(ended.err).toContain('--junit /nowhere/at/all.xml')
})

test.each(['check', 'agent', 'doctor', 'demo', 'collector', 'reflector'])(
  '%s --help: exit 0 and an example',
  async (name) => {
    const ended = await run([name, '--help'])
    expect(ended.code).toBe(0)
    expect(ended.out).toMatch(/^Usage: voip-ready/)
    if (name !== 'reflector') expect(ended.out).toContain(`  voip-ready ${name}`)
  },
)

test('the program is where package.json says', () => {
  const { bin } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  )
  expect(existsSync(new URL(`../../../${bin['voip-ready']}`, import.meta.url))).toBe(true)
})

test.each([
  ['VRN-5,VRN-6', '--no-media', 'a line that is looked at without voice'],
  ['MON-HW-06', '--media-only', 'a line that voice answers'],
])(
  '--only %s with %s leaves nothing to look at: wrong usage, with what to leave out',
  async (only, option, wanted) => {
    const key = `test:${'x'.repeat(32)}`
    const at = ['--primary', '127.0.0.1:9', '--key', key]
    const ended = await run(['check', ...at, '--only', only, option, '--json'])
    expect(ended.code).toBe(3)
    expect(JSON.parse(ended.err).error).toMatchObject({
      ...{ where: option, wanted: `--only with ${wanted}`, found: `--only ${only}` },
      repair: `leave ${option} out, or name other lines`,
    })
  },
)

test('a local address that this host does not have is a wrong value of the site file, with what it has', async () => {
  const site = join(temporaryDirectory(), 'site.yaml')
  const at = (address: string) =>
    writeFileSync(
      site,
      `format: voip-ready/site/1\nsite: leeds\nprofile: pureconnect-rcm\nlocalAddress: ${address}\n` +
        `farEnds: {primary: {reflector: 127.0.0.1, key: "test:${'x'.repeat(32)}"}}\n`,
    )
  at('198.51.100.99')
  for (const command of ['check', 'ports', 'path', 'doctor']) {
    const ended = await run([command, '--site', site, '--json'])
    expect(ended.code, command).toBe(3)
    expect(JSON.parse(ended.err).error, command).toMatchObject({
      ...{ code: 'CONFIG_VALUE', where: `${site}:4:15: localAddress`, found: '"198.51.100.99"' },
      wanted: expect.stringMatching(/^an address of this host \(.*127\.0\.0\.1 \(lo/),
    })
  }
  // Not in any list of this host's addresses, and its own all the same.
  at('127.0.0.2')
  const ended = await run(['check', '--site', site, '--only', 'VRN-2'])
  expect(ended.err).toBe('')
})
