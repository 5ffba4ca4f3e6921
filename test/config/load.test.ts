import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { loadProfile, loadSite, profileIds } from '../../config/load.ts'
import { loadProfileApart, loadSiteApart } from '../../config/load-apart.ts'
import { Fault } from '../../shared/errors.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'voip-ready-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
/** Writes a file under a name of its own and gives its path. */
function write(content: string | Uint8Array, name = `f${++files}.yaml`): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** The fault of a promise, its message without the folder; fails when there is none. */
async function faultOf(loading: Promise<unknown>): Promise<{ code: string; message: string }> {
  const fault = await loading.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(fault instanceof Fault)) throw new Error(`no Fault but ${String(fault)}`)
  return { code: fault.code, message: fault.message.replaceAll(`${folder}/`, '') }
}

const PROFILE = `format: voip-ready/profile/1
id: small
version: 1.0.0
title: A small contract
source: { document: A handbook, revision: "1", date: "2020-01-01" }
model: RCM
voice: { between: site-dc, legs: [out, back], reading: Both legs. }
farEnds: [primary, secondary]
judging: { windowSeconds: 60, intervalMinutes: 15, minimumPackets: 100, lateAfterMs: 1000, clockDriftPpm: 100 }
media: { codec: g711, ptimeMs: 20, dscp: 46 }
requirements:
  - id: VRN-3
    line: 1
    kind: one-way-delay
    title: Delay
    printed: 150 ms
    reading: Less than.
    limitMs: 150
    op: "<"
    statistic: p95
    required: true
`
const SITE = `format: voip-ready/site/1
site: leeds
profile: pureconnect-rcm
farEnds:
  primary: { reflector: 10.1.0.10 }
`

describe('a museum of bad files, each with its exact words', () => {
  const late = PROFILE.replace('limitMs: 150', 'limitMs: 150ms')
  test.each<[name: string, content: string | Uint8Array, code: string, message: string]>([
    [
      'empty',
      '',
      'CONFIG_SYNTAX',
      'F: wanted keys and values, found an empty file; write the file',
    ],
    [
      'only a comment',
      '# nothing\n',
      'CONFIG_SYNTAX',
      'F: wanted keys and values, found an empty file; write the file',
    ],
    [
      'binary',
      new Uint8Array([137, 80, 78, 71, 0, 1]),
      'CONFIG_READ',
      'F: wanted a text file, found binary data; name a file that exists and can be read',
    ],
    [
      'Latin-1',
      new Uint8Array([0x61, 0x3a, 0x20, 0xe9]),
      'CONFIG_READ',
      'F: wanted UTF-8 text, found other bytes; save the file as UTF-8',
    ],
    [
      'too large',
      'a: 1\n'.repeat(60_000),
      'CONFIG_READ',
      'F: wanted at most 262144 bytes, found 300000 bytes; name a configuration file',
    ],
    [
      'torn in the middle',
      PROFILE.slice(0, 170),
      'CONFIG_SYNTAX',
      'F:7:14: wanted the closing quote or bracket, or a colon, found none; mend the YAML at the place named above',
    ],
    [
      'a key twice',
      PROFILE.replace('op:', 'line: 2\n    op:'),
      'CONFIG_SYNTAX',
      'F:19:5: wanted every key once in its map, found the same key again; mend the YAML at the place named above',
    ],
    [
      'a unit in a value',
      late,
      'CONFIG_VALUE',
      'F:18:14: requirements[VRN-3].limitMs: wanted a number from 1 to 2000, found "150ms"; write 150: the key already names the unit',
    ],
    [
      'a misspelt key',
      PROFILE.replace('limitMs', 'limitMS'),
      'CONFIG_KEY',
      'F:18:5: requirements[VRN-3].limitMS: wanted a key that is known here, found "limitMS"; did you mean limitMs?',
    ],
    [
      'a list',
      '- a\n- b\n',
      'CONFIG_VALUE',
      'F:1:1: the whole file: wanted a map with format, id, version, title, source, model and more, found ["a","b"]; correct the value',
    ],
    [
      'text',
      'hello',
      'CONFIG_VALUE',
      'F:1:1: the whole file: wanted a map with format, id, version, title, source, model and more, found "hello"; correct the value',
    ],
    ['a part in the place of a profile', 'format: voip-ready/profile-part/1\n', 'CONFIG_VALUE', ''],
    [
      'a part that is not there',
      `${PROFILE}include: [gone.yaml]\n`,
      'CONFIG_VALUE',
      'F:22:11: include[0]: wanted a file that can be read, found no such file at gone.yaml; copy the part to there too, or name it by its whole path',
    ],
    [
      'an include that is no list',
      `${PROFILE}include: gone.yaml\n`,
      'CONFIG_VALUE',
      'F:22:10: include: wanted a list of at most 20 file names, found something else; correct the value',
    ],
  ])('%s', async (_name, content, code, message) => {
    const file = write(content)
    const fault = await faultOf(loadProfile(file))
    expect(fault.code).toBe(code)
    const text = fault.message.replaceAll(file.slice(folder.length + 1), 'F')
    if (message !== '') expect(text).toBe(message)
    else
      expect(text).toContain(
        'F:1:9: format: wanted "voip-ready/profile/1", found "voip-ready/profile-part/1"',
      )
  })

  test('a mistake inside a part is named in the part, at its own line', async () => {
    const part = write(`format: voip-ready/profile-part/1
requirements:
  - id: VRN-2
    line: 2
    kind: duplex
    title: Duplex
    printed: full
    reading: Full.
    expect: half
    required: true
`)
    const name = part.slice(folder.length + 1)
    const { message } = await faultOf(loadProfile(write(`${PROFILE}include: [${name}]\n`)))
    expect(message).toBe(
      `${name}:9:13: requirements[VRN-2].expect: wanted "full", found "half"; correct the value`,
    )
  })

  test('a key in the part and in the profile is refused: neither wins silently', async () => {
    write('format: voip-ready/profile-part/1\nmodel: LCM\n', 'model.yaml')
    const file = write(`${PROFILE}include: [model.yaml]\n`, 'twice.yaml')
    const { message } = await faultOf(loadProfile(file))
    expect(message).toBe(
      'twice.yaml:6:8: model: wanted model in one file only, found it in model.yaml too; correct the value',
    )
  })

  test('the same part twice, a part in a part, and a profile as a part are refused', async () => {
    write('format: voip-ready/profile-part/1\n', 'part.yaml')
    write('format: voip-ready/profile-part/1\ninclude: [part.yaml]\n', 'nested.yaml')
    write(PROFILE, 'whole.yaml')
    const fault = async (names: string) =>
      (await faultOf(loadProfile(write(`${PROFILE}include: [${names}]\n`)))).message
    expect(await fault('part.yaml, part.yaml')).toContain('wanted every part once')
    expect(await fault('nested.yaml')).toContain(
      'nested.yaml:2:10: include: wanted no include inside a part',
    )
    expect(await fault('whole.yaml')).toContain(
      'whole.yaml:1:9: format: wanted "voip-ready/profile-part/1"',
    )
  })

  test('what is no file at all', async () => {
    mkdirSync(join(folder, 'folder.yaml'))
    expect((await faultOf(loadProfile(join(folder, 'gone.yaml')))).message).toBe(
      'gone.yaml: wanted a file that can be read, found no such file; name a file that exists and can be read',
    )
    expect((await faultOf(loadProfile(join(folder, 'folder.yaml')))).message).toBe(
      'folder.yaml: wanted a file, found something else; name a file that exists and can be read',
    )
  })

  test('many mistakes are listed to twenty, and the rest counted', async () => {
    const extra = Array.from({ length: 30 }, (_, i) => `k${i}: 1\n`).join('')
    const { message } = await faultOf(loadProfile(write(PROFILE + extra)))
    expect(message.split('\n')).toHaveLength(21)
    expect(message).toMatch(/and 10 more$/)
  })
})

describe('profiles by name', () => {
  test('those that come with the program', () => {
    expect(profileIds()).toEqual(['pureconnect-lcm', 'pureconnect-rcm'])
  })

  test('a slip in the name is mended', async () => {
    expect(await faultOf(loadProfile('pureconect-rcm'))).toEqual({
      code: 'CONFIG_READ',
      message:
        'profile: wanted one of pureconnect-lcm, pureconnect-rcm, or a path to a file, found "pureconect-rcm"; did you mean pureconnect-rcm?',
    })
  })

  test('are found by the build and by an installed package, from any working directory', () => {
    const installed = join(folder, 'node_modules/voip-ready')
    for (const part of ['dist/config', 'dist/shared', 'config/profiles']) {
      cpSync(join(root, part), join(installed, part), { recursive: true })
    }
    cpSync(join(root, 'node_modules/yaml'), join(folder, 'node_modules/yaml'), { recursive: true })
    cpSync(join(root, 'node_modules/valibot'), join(folder, 'node_modules/valibot'), {
      recursive: true,
    })
    writeFileSync(join(installed, 'package.json'), '{"type":"module"}')
    const script = (base: string) =>
      `import(${JSON.stringify(join(base, 'dist/config/load.js'))})
        .then((m) => m.loadProfile('pureconnect-lcm')).then((p) => console.log(p.sha256))`
    const run = (base: string) =>
      execFileSync(process.execPath, ['-e', script(base)], { cwd: folder, encoding: 'utf8' })
    const sha256 = run(root)
    expect(sha256).toMatch(/^[0-9a-f]{64}\n$/)
    expect(run(installed)).toBe(sha256)
  })
})

describe('the identity of a profile', () => {
  const text = readFileSync(join(root, 'config/profiles/pureconnect-lcm.yaml'), 'utf8')
  const copies = mkdtempSync(join(folder, 'copies-'))
  cpSync(join(root, 'config/profiles/parts'), join(copies, 'parts'), { recursive: true })
  const identity = async (content: string) => {
    const file = join(copies, 'copy.yaml')
    writeFileSync(file, content)
    return (await loadProfile(file)).sha256
  }

  test('is the same without comments, in other quotes, and with other line ends', async () => {
    const { sha256 } = await loadProfile('pureconnect-lcm')
    expect(await identity(text)).toBe(sha256)
    expect(await identity(text.replace(/^ *#.*\n/gm, ''))).toBe(sha256)
    expect(await identity(text.replace(/"([A-Za-z ]+)"/g, "'$1'"))).toBe(sha256)
    expect(await identity(text.replaceAll('\n', '\r\n'))).toBe(sha256)
    expect(await identity(`\ufeff${text}`)).toBe(sha256)
  })

  test('is another one when one port changes', async () => {
    const own = text.replace('id: pureconnect-lcm', 'id: own-lcm')
    const other = own.replace('[3508, 8114]', '[3508, 8115]')
    expect(await identity(other)).not.toBe(await identity(own))
  })

  test('a changed copy goes by a name or a version of its own, never by those of ours', async () => {
    const changed = text.replace('[3508, 8114]', '[3508, 8115]')
    const file = join(copies, 'copy.yaml')
    writeFileSync(file, changed)
    expect((await faultOf(loadProfile(file))).message).toMatch(
      /copy\.yaml:4:5: id: wanted the lines of pureconnect-lcm 1\.0\.1 as they come with this program, found others under the same name and version; give it an id and a version of its own$/,
    )
    writeFileSync(file, changed.replace('version: 1.0.1', 'version: 9.0.0'))
    expect((await loadProfile(file)).profile.version).toBe('9.0.0')
  })
})

test('who changes a word of a profile of ours gives it a new version: results name it by that', async () => {
  const loaded = await Promise.all(profileIds().map((id) => loadProfile(id)))
  const names = loaded.map(({ profile: { id, version }, sha256 }) => [
    id,
    version,
    sha256.slice(0, 16),
  ])
  expect(names).toEqual([
    ['pureconnect-lcm', '1.0.1', 'fdd79f1284ad2b06'],
    ['pureconnect-rcm', '1.0.1', '89cf0f6868815178'],
  ])
})

describe('a site file', () => {
  test('the example is whole: it loads, and no line lacks a value', async () => {
    const key = `leeds:${'k'.repeat(32)}`
    const example = join(folder, 'site')
    cpSync(join(root, 'config/examples'), example, { recursive: true })
    writeFileSync(join(example, 'primary.key'), `${key}\n`)
    writeFileSync(join(example, 'secondary.key'), key)
    const { linesForSite } = await import('../../shared/profile/lines.ts')
    const loaded = await loadSite(join(example, 'site.yaml'))
    expect(loaded.keys).toEqual({ primary: key, secondary: key })
    const lines = linesForSite(loaded.profile.profile, loaded.site)
    expect(lines.filter((line) => line.missing !== null)).toEqual([])
  })

  const PAIR = 'rtpPorts: wanted a list of 2, each a whole number from 1 to 65535, found'
  test.each([
    ['rtpPorts: [16384-32767]', `${PAIR} ["16384-32767"]; write [16384, 32767]`],
    ['rtpPorts: 16384-32767', `${PAIR} "16384-32767"; write a range as [16384, 32767]`],
    ['rtpPorts: [[16384, 32767]]', `${PAIR} [[16384,32767]]; take the outer brackets away`],
    ['rtpPorts: [16384]', `${PAIR} [16384]; write two: [first, last]`],
    ['rtpPorts: [5000, 5010, 5020]', `${PAIR} [5000,5010,5020]; write two: [first, last]`],
    ['rtpPorts: 5004', `${PAIR} 5004; write two: [first, last]`],
    ['rtpPorts:', `${PAIR} null; write a value there`],
    [
      'peakCalls: [20]',
      'peakCalls: wanted a whole number from 1 to 100000, found [20]; write 20 alone, without brackets',
    ],
    [
      'primaryServer: 10.0.0.1/24',
      'primaryServer: wanted an IP address, found "10.0.0.1/24"; write 10.0.0.1 alone',
    ],
    [
      'dns: { servers: 10.0.0.53 }',
      'dns.servers: wanted a list of 1 to 8, each an IP address, found "10.0.0.53"; write a list: [10.0.0.53]',
    ],
    [
      'busyHours: { zone: UTC, hours: { from: "09:00", to: "17:00" } }',
      'busyHours.hours: wanted a list, each a map with from, to, found a map; write a list: "- " before each map',
    ],
    [
      'switches: [{ address: 10.0.0.1, version: 3, user: x }]',
      'switches[0].version: wanted one of 2c, 3, found 3; put it in quotes: "3"',
    ],
    [
      'switches: [{ address: 10.0.0.1, version: 2c }]',
      'switches[0].community: wanted text of 1 to 128 characters, found nothing; add community',
    ],
    [
      'switches: [{ address: 10.0.0.1, version: 2c, community: 4711 }]',
      'switches[0].community: wanted text of 1 to 128 characters, found something else (not shown: it may be a secret); put it in quotes',
    ],
    [
      'segments: [{ name: LAN, reflector: 10.0.0.1 }]',
      'segments[0].name: wanted a name of small letters, digits and hyphens, 1 to 32 characters, found "LAN"; correct the value',
    ],
    [
      'segments: [{ name: lan, reflector: 10.0.0.1:4001 }]',
      'segments[0].reflector: wanted an address or name alone (the port goes into the key port), found "10.0.0.1:4001"; write 10.0.0.1, and port: 4001 beside it',
    ],
    [
      'segments: [{ name: lan, reflector: "http://10.0.0.1/" }]',
      'segments[0].reflector: wanted an address, or a name that DNS can carry, found "http://10.0.0.1/"; write 10.0.0.1 alone',
    ],
    [
      'dns: [10.0.0.53]',
      'dns: wanted a map with servers, asPrinted, records, found ["10.0.0.53"]; correct the value',
    ],
    [
      'waive: [VRN-2]',
      'waive: wanted a map with ids of lines as keys, such as LCM-07, found ["VRN-2"]; correct the value',
    ],
  ])('says of %s one thing alone, and how to mend it', async (lines, message) => {
    const fault = await faultOf(loadSite(write(`${SITE}${lines}\n`, 'shape.yaml')))
    expect(fault.message.replace(/^shape\.yaml:6:\d+: /, '')).toBe(message)
  })

  test('a key that is misspelt is not told to be missing as well', async () => {
    const fault = await faultOf(
      loadSite(write(SITE.replace('reflector', 'reflektor'), 'slip.yaml')),
    )
    expect(fault.message).toBe(
      'slip.yaml:5:14: farEnds.primary.reflektor: wanted a key that is known here, found "reflektor"; did you mean reflector?',
    )
  })

  test('names its profile by a path from its own folder', async () => {
    write(PROFILE, 'own.yaml')
    const file = write(SITE.replace('pureconnect-rcm', 'own.yaml'))
    expect((await loadSite(file)).profile.profile.id).toBe('small')
    expect((await loadSite(file)).keys).toEqual({ primary: null, secondary: null })
  })

  test.each([
    [
      'a profile that is not there',
      SITE.replace('rcm', 'rcmm'),
      'site.yaml:3:10: profile: wanted one of pureconnect-lcm, pureconnect-rcm, or a path to a file, found "pureconnect-rcmm"; did you mean pureconnect-rcm?',
    ],
    [
      'a line of the other model',
      `${SITE}waive:\n  LCM-06: no media server stands here\n`,
      'site.yaml:7:3: waive.LCM-06: wanted a line of pureconnect-rcm that fits here, found "LCM-06"; did you mean RCM-06?',
    ],
    [
      'an address record with a target',
      `${SITE}dns:\n  records:\n    DNS-1: { target: a.b }\n`,
      'site.yaml:8:14: dns.records.DNS-1.target: wanted value and name of an A record, found "target"; write value: and an address',
    ],
    [
      'a key file that is not there',
      SITE.replace('10.1.0.10', '10.1.0.10, keyFile: gone.key'),
      'site.yaml:5:45: farEnds.primary.keyFile: wanted a file that holds id:secret, found gone.key: wanted a file that can be read, found no such file; name a file that exists and can be read; name the file that the reflector wrote the key to',
    ],
  ])('with %s is told so with its place', async (_name, content, message) => {
    expect((await faultOf(loadSite(write(content, 'site.yaml')))).message).toBe(message)
  })

  test('a verifier key of a reflector that is none is named with its file, line and key', async () => {
    const good = 'voip-ready-reflector/dc1+'
    const bad = [`${good}short`, `${good}00000000+A${'Q'.repeat(43)}`]
    const text = SITE.replace('reflector: 10.1.0.10', 'reflector: 10.1.0.10, reflectorKeys: [KEY]')
    const wanted = 'a verifier key as voip-ready reflector key show prints it'
    const [form, id] = await Promise.all(
      bad.map((key, at) => faultOf(loadSite(write(text.replace('KEY', key), `keys-${at}.yaml`)))),
    )
    const where = (at: number) =>
      `keys-${at}.yaml:5:52: farEnds.primary.reflectorKeys[0]: wanted ${wanted}, found `
    expect(form?.message).toBe(`${where(0)}"${bad[0]}"; correct the value`)
    expect(id?.message).toContain(where(1))
    expect(id?.message).toMatch(
      /its key id is 00000000, and that of its parts [0-9a-f]{8}; copy the/,
    )
  })

  test('a key file with other text never has that text in the message', async () => {
    write('not a key but secret', 'odd.key')
    const site = write(SITE.replace('10.1.0.10', '10.1.0.10, keyFile: odd.key'), 'site.yaml')
    const { message } = await faultOf(loadSite(site))
    expect(message).toBe(
      'site.yaml:5:45: farEnds.primary.keyFile: wanted id:secret alone in odd.key, found other text (not shown: it may be a secret); name the file that the reflector wrote the key to',
    )
  })
})

describe('loading apart, in a process of its own', () => {
  test('gives the same profile and the same site', async () => {
    const file = write(SITE)
    expect(await loadProfileApart('pureconnect-lcm')).toEqual(
      withoutFolder(await loadProfile('pureconnect-lcm')),
    )
    expect((await loadSiteApart(file)).site).toEqual((await loadSite(file)).site)
  })

  test('throws the same Fault', async () => {
    const file = write(PROFILE.replace('limitMs: 150', 'limitMs: 150ms'))
    expect(await faultOf(loadProfileApart(file))).toEqual(await faultOf(loadProfile(file)))
  })
})

/** JSON is what comes back from the child, so JSON is what it is held against. */
function withoutFolder(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('/dist/config/', '/config/'))
}
