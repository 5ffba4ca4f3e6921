import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { root } from '../support/sources.ts'
import { temporaryDirectory } from '../support/temporary.ts'

/** What is shipped for operators: held by the tools that will read it, and tried by hand. */
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

function tool(program: string, args: readonly string[], cwd: string): void {
  const run = spawnSync(program, [...args], { cwd: join(root, cwd), encoding: 'utf8' })
  expect(run.status, `${run.stdout}${run.stderr}`).toBe(0)
}

describe.skipIf(!has('promtool') && process.env.CI !== 'true')('prometheus', () => {
  test('reads the scrape configuration and the rules', () => {
    tool('promtool', ['check', 'config', 'prometheus.yml'], 'config/prometheus')
  })
  test('the rules tell a bad network from a blind instrument', () => {
    tool('promtool', ['test', 'rules', 'rules.test.yml'], 'config/prometheus')
  })
})

test.skipIf(!has('docker-compose') && process.env.CI !== 'true')('compose reads its file', () => {
  tool('docker-compose', ['config', '--quiet'], '.')
})

test('every metric that rules and dashboard name is one that the collector exposes', () => {
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  const used = new Set(
    [read('config/prometheus/rules.yml'), read('config/grafana/dashboards/voip-ready.json')]
      .join('\n')
      .match(/voipready_[a-z_]+/g),
  )
  const families = readdirSync(join(root, 'server/metrics'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(`server/metrics/${name}`))
  const unknown = [...used].filter((metric) => {
    const family = metric.replace(/_seconds_(bucket|count|sum)$/, '_seconds')
    const short = family.replace(/^voipready_(collector_|ledger_|log_witness_)?/, '')
    return !families.some((text) => text.includes(`'${short}'`) || text.includes(`'${family}'`))
  })
  expect(unknown).toEqual([])
})

interface Compose {
  readonly services: {
    readonly [name: string]: {
      readonly command: readonly string[]
      readonly volumes: readonly string[]
      readonly security_opt?: readonly string[]
    }
  }
}

test('no service of the compose file gains rights, and the collector knows the name that it is asked by', () => {
  const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), {
    merge: true,
  }) as Compose
  const may = Object.entries(services).filter(
    ([, { security_opt = [] }]) => !security_opt.includes('no-new-privileges:true'),
  )
  expect(may.map(([name]) => name)).toEqual([])
  expect(services.collector?.command).toContain('--host-name=collector')
})

describe('each service of the compose file starts as it is written', () => {
  const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true })
  const { services } = compose as Compose

  test.each([
    ['collector', /listening/],
    ['reflector', /listening/],
    ['agent', /the agent measures/],
  ] as const)('%s', async (name, says) => {
    const folder = temporaryDirectory()
    mkdirSync(join(folder, 'sites'))
    const data = join(folder, 'data')
    const key = program(['reflector', 'keys', 'add', 'local', '--keys', `${data}/keys.json`])
    const tokens = ['--agent', 'local-1', '--site', 'local', '--data', data]
    program(['collector', 'tokens', 'add', ...tokens])
    writeFileSync(join(folder, 'agent.token'), 'vr_0000000000000000_not-asked-here\n')
    const example = readFileSync(join(root, 'config/compose/site.example.yaml'), 'utf8')
    const secret = /local:[A-Za-z0-9+/=_-]+/.exec(key)?.[0] ?? ''
    writeFileSync(
      join(folder, 'sites', 'site.yaml'),
      example
        .replace(/local:REPLACE\w+/, secret)
        .replace('reflector: reflector', 'reflector: 127.0.0.1'),
    )
    const args = (services[name]?.command ?? []).map((word) => here(word, folder))
    const child = spawn(process.execPath, [join(root, 'dist/agent/main.js'), ...args])
    onTestFinished(async () => {
      child.kill('SIGKILL')
    })
    await expect(said(child, says)).resolves.toMatch(says)
  })
})

// Services run as users of the image without root's power over files: a secret that the operator makes with
// mode 600 on the host can be read by none of them, whoever he is.
test('what a service must keep to itself is made and read in a volume of its own', () => {
  const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true })
  const { services } = compose as Compose
  const guide = readFileSync(join(root, 'config/compose/README.md'), 'utf8')
  // An agent that is not named has the name of its site, and its token must be made out to that.
  expect(services.agent?.command.join(' ')).not.toContain('--name')
  expect(guide).toContain('tokens add --agent local --site local')
  const made = [...guide.matchAll(/^run (\w+) .*(?:--keys|--data) (\S+)$/gm)]
  expect(made.map(([, name]) => name)).toEqual(['reflector', 'collector'])
  for (const [, name = '', path = ''] of made) {
    expect(services[name]?.command.join(' ')).toContain(`=${path}`)
    const volume = services[name]?.volumes.find((one) => path.startsWith(one.split(':')[1] ?? '?'))
    expect(volume, `${name}: ${path} in a volume that is not a folder of the host`).toMatch(
      /^[a-z]/,
    )
  }
})

test('whoever makes a token for an agent that is not called like its site hears of --name', () => {
  const place = ['--data', temporaryDirectory()]
  const made = (agent: string) =>
    spawnSync(process.execPath, [join(root, 'dist/agent/main.js'), ...tokenOf(agent), ...place], {
      encoding: 'utf8',
    }).stderr
  expect(made('leeds-1')).toContain('--name leeds-1')
  expect(made('leeds')).not.toContain('--name')
})

const tokenOf = (agent: string) =>
  ['collector', 'tokens', 'add', '--agent', agent, '--site', 'leeds'] as const

/** The same words on this machine: folders of the image, names of the compose network, free ports. */
function here(word: string, folder: string): string {
  return word
    .replace('/etc/voip-ready', folder)
    .replace(/\/var\/lib\/voip-ready[a-z-]*/, join(folder, 'data'))
    .replace(/0\.0\.0\.0:\d+/, '127.0.0.1:0')
    .replace('http://collector:8460', 'http://127.0.0.1:9')
}

function program(args: readonly string[]): string {
  const run = spawnSync(process.execPath, [join(root, 'dist/agent/main.js'), ...args], {
    encoding: 'utf8',
  })
  expect(run.status, run.stderr).toBe(0)
  return run.stdout
}

/** What a child printed until it said what was waited for; what it printed in all if it ended. */
function said(child: ChildProcess, wanted: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const hear = (part: Buffer) => {
      text += part.toString()
      if (wanted.test(text)) resolve(text)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.on('close', () => resolve(text))
  })
}
