import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'
import type { examineOctets as examine } from '../../../agent/verify/run.ts'
import { packBundle } from '../../../server/bundle/pack.ts'
import { bundleHead, formatLine, HEAD_LENGTH } from '../../../shared/evidence/bundle.ts'
import { PayloadReader, type Question } from '../../../shared/evidence/read-payloads.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { JUDGING_RULES } from '../../../shared/verdict/rules.ts'
import { MINUTE, START } from '../../server/support/fixtures.ts'
import { KEYS, worldLines } from '../../support/evidence-world.ts'
import { seededRandom } from '../../support/random.ts'
import { RUNS, SEED } from '../../support/seed.ts'
import { root } from '../../support/sources.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

/** As it is shipped: compiled into one file, which starts its thread from itself. */
async function shipped(): Promise<{ readonly examineOctets: typeof examine }> {
  const bundle = await rolldown({
    input: join(root, 'agent', 'verify', 'run.ts'),
    platform: 'node',
    external: [/^node:/],
  })
  const file = join(temporaryDirectory(), 'run.mjs')
  await bundle.write({ file, format: 'esm' })
  await bundle.close()
  return import(pathToFileURL(file).href)
}

const MUTATIONS = 24 * RUNS
const HOUR = 60

/** Files like this one in which a hostile hand changed something and packed it anew. */
function* changed(file: Uint8Array): Generator<readonly [string, Uint8Array]> {
  const random = seededRandom(SEED)
  const randomInt = (below: number) => Math.floor(random() * below)
  const text = gunzipSync(file.subarray(HEAD_LENGTH))
  for (let turn = 0; turn < MUTATIONS; turn += 1) {
    const octets = Buffer.from(text)
    const at = randomInt(octets.length)
    octets[at] = octets[at]! ^ (1 << randomInt(8))
    yield [`bit of octet ${at} from ${text[at]} to ${octets[at]}`, repacked(octets)]
  }
  // Without what is after the last newline: leaving out nothing changes nothing.
  const lines = text.toString('utf8').trimEnd().split('\n')
  for (let turn = 0; turn < MUTATIONS / 4; turn += 1) {
    const [at, to] = [randomInt(lines.length), randomInt(lines.length)]
    const [line = ''] = lines.slice(at, at + 1)
    yield [`line ${at} left out`, repacked(Buffer.from(lines.toSpliced(at, 1).join('\n')))]
    yield [
      `line ${at} again at ${to}`,
      repacked(Buffer.from(lines.toSpliced(to, 0, line).join('\n'))),
    ]
  }
}

function repacked(text: Uint8Array): Uint8Array {
  const body = gzipSync(text)
  return Buffer.concat([Buffer.from(bundleHead(nodeTools.sha256hex(body))), body])
}

test(
  'a second thread changes no finding, and not their order, of whatever is in the file',
  async () => {
    const { examineOctets } = await shipped()
    const whole = packBundle(
      worldLines({
        minutes: HOUR,
        // Late ones come when their quarter hour was judged, and unequal ones when it is judged by.
        delayed: (minute) => (minute % 7 === 3 ? 40 : 0),
        lose: (minute) => minute === 20,
        entries: (minute) =>
          minute % 15 === 5 && minute > 15
            ? [
                {
                  ...{
                    kind: 'verdict',
                    site: 'leeds',
                    overall: 'READY',
                    records: 15,
                    rules: JUDGING_RULES,
                  },
                  ...{ from: START, to: START + 15 * MINUTE },
                  ...{ profileSha256: '0'.repeat(64), findingsSha256: '0'.repeat(64) },
                },
              ]
            : [],
      }),
    )
    const said = async (octets: Uint8Array, leastForThread: number) => {
      const read = await examineOctets(octets, { keys: KEYS }, leastForThread)
      return read.ok ? read.value.examined.found : read.error
    }
    const honest = await said(whole, 0)
    expect(honest).toMatchObject({ records: HOUR - 1 })
    expect(JSON.stringify(honest)).toContain('verdict-differs')
    for (const [what, octets] of [['nothing', whole] as const, ...changed(whole)]) {
      const alone = await said(octets, Number.POSITIVE_INFINITY)
      expect(await said(octets, 0), what).toEqual(alone)
      if (what !== 'nothing') expect(alone, what).not.toEqual(honest)
    }
  },
  120_000 * RUNS,
)

test('what is kept packed is judged as it was when it was read', async () => {
  // A name that takes more octets than characters, before what is cut out.
  const change = (record: AgentRecord, minute: number): AgentRecord => ({
    ...record,
    tool: { ...record.tool, version: minute % 2 === 0 ? '0.1.0-ü' : '0.1.0' },
  })
  const delayed = (minute: number) => (minute === 2 ? 45 : 0)
  const text = worldLines({ minutes: 50, delayed, change }).map(formatLine)
  const lines = async function* () {
    yield text.map((line) => Buffer.from(line))
  }
  const input = { lines, tools: nodeTools, keys: KEYS }
  const reader = new PayloadReader(nodeTools)
  // Who says no word ahead leaves all judging to what was packed.
  const ask = async (question: Question) => ({ ...reader.read(question), words: [] })
  const found = await verifyBundle({ ...input, aside: { ahead: 2, ask } })
  expect(found.intervals.map(({ overall }) => overall)).not.toContain(null)
  expect(found).toEqual(await verifyBundle(input))
})
