import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { run, start, startReflector } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

/** A site whose two data centres are one reflector on loopback. */
async function site(): Promise<string> {
  const folder = temporaryDirectory()
  const { port, key } = await startReflector(folder)
  const end = `{ reflector: 127.0.0.1, port: ${port}, key: "${key}" }`
  const file = `${folder}/site.yaml`
  const head = 'format: voip-ready/site/1\nsite: leeds\nprofile: pureconnect-rcm\npeakCalls: 4\n'
  writeFileSync(file, `${head}farEnds:\n  primary: ${end}\n  secondary: ${end}\n`)
  return file
}

const LOADS = [
  ['qos', '--calls', '1', '--step', '20s', '--max-rate', '1M'],
  ['capacity', '--calls', '2', '--ramp', '2/20s'],
]

test.each(LOADS)(
  '%s: a far end that had no turn before Ctrl-C is not said to be silent',
  async (...argv) => {
    const file = await site()
    const junit = `${file}.xml`
    const load = start([...argv, '--site', file, '--yes', '--json', '--junit', junit])
    await load.says(/This makes load/)
    await new Promise((resolve) => setTimeout(resolve, 4000))
    load.child.kill('SIGINT')
    const { code, out, err } = await load.ended
    expect(code).toBe(2)
    const { findings } = JSON.parse(out).judgement
    expect(
      findings.filter(({ farEnd }: { farEnd: string }) => farEnd === 'secondary'),
    ).toMatchObject(
      [0, 1].map(() => ({
        ...{ verdict: 'not-tested', detail: 'stopped before its turn' },
        advice: 'let it run to its end',
      })),
    )
    const shape =
      argv[0] === 'qos' ? /--calls 1 .*--step 20s .*--max-rate 1000k/ : /--calls 4 .*--ramp/
    for (const text of [out, readFileSync(junit, 'utf8')]) {
      expect(text).toMatch(
        new RegExp(`; then: voip-ready ${argv[0]} --site ${file} ${shape.source}`),
      )
      expect(text).not.toContain('--site FILE')
    }
    const lines = err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'info'])
  },
)

test.each(LOADS)(
  '%s: without a terminal or --yes nothing is sent, and the repair names --yes',
  async (...argv) => {
    const { code, err } = await run([...argv, '--site', await site()])
    expect(code).toBe(3)
    expect(err).toMatch(/found neither; add --yes .*nothing was sent$/m)
  },
)
