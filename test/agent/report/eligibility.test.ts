import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type EligibilityReportOptions,
  makeEligibility,
} from '../../../agent/report/eligibility.ts'
import { writeReport } from '../../../agent/report/run.ts'
import { packBundle } from '../../../server/bundle/pack.ts'
import { formatVkey } from '../../../shared/evidence/vkey.ts'
import type { ReportDocument } from '../../../shared/report/document.ts'
import { keyOptions, lossy, OUTAGE, outageWorld, told } from '../../support/eligibility-world.ts'
import { KEYS, worldLines } from '../../support/evidence-world.ts'
import { reportOptions } from '../../support/report-bundles.ts'

const HOUR = 3_600_000
/** Both data centres are silent for half an hour, and the way back lost packets before that. */
const world = outageWorld({
  change: (one, minute) => (minute >= 20 && minute < 70 ? lossy(one, 90) : one),
})

let folder: string
let bundle: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'voip-ready-test-'))
  bundle = join(folder, 'leeds.bundle')
  writeFileSync(bundle, packBundle(world))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const asked = (more: Partial<EligibilityReportOptions> = {}): EligibilityReportOptions => ({
  ...reportOptions(join(folder, 'case')),
  ...{ ...keyOptions(), bundle, reference: HOUR, outageRef: 'CASE-1' },
  from: new Date(OUTAGE.from).toISOString(),
  to: new Date(OUTAGE.to).toISOString(),
  ...more,
})

const commandIn = ({ sections }: ReportDocument) =>
  sections
    .flatMap(({ blocks }) => blocks)
    .flatMap((block) => (block.kind === 'command' ? block.lines : []))
    .join(' ')

describe('eligibility of a bundle', () => {
  test('says in both formats what the command itself says of it, with its exit code', async () => {
    const { found, exit } = await told(world)
    const made = await makeEligibility(asked(), Date.now())
    expect(await writeReport(made, asked(), () => {})).toBe(exit)
    expect([exit, found.required]).toEqual([1, 'NOT MET'])
    const bare = (text: string) => text.replaceAll(/\s+|<\/?time>/g, '')
    const html = readFileSync(join(folder, 'case.html'), 'utf8')
    const pdf = spawnSync('pdftotext', ['-raw', join(folder, 'case.pdf'), '-'], {
      encoding: 'utf8',
    }).stdout
    for (const text of [bare(html), bare(pdf)]) {
      expect(text).toContain(bare(found.sentence))
      expect(text).toContain(bare(found.decides))
      expect(text).toContain(bare(found.evidence.bundle.sha256))
      for (const { id } of found.answers) expect(text).toContain(id)
      for (const { answer } of found.answers) expect(text).toContain(bare(answer))
    }
    // A document that was written before gives the same report.
    const document = join(folder, 'case-document.json')
    writeFileSync(document, JSON.stringify(found))
    const { bundle: _, ...rest } = asked({ document })
    expect(await makeEligibility(rest, Date.now())).toEqual(made)
  })

  test('without keys determines nothing, and of a changed bundle only says why it is invalid', async () => {
    const none = { agentKey: [], reflectorKey: [], logKey: [], witnessKey: [] }
    const blind = await makeEligibility(asked(none), Date.now())
    expect(blind.headline.tone).toBe('inconclusive')
    const hidden = join(folder, 'hidden.bundle')
    writeFileSync(hidden, packBundle(worldLines({ minutes: 16, hide: (minute) => minute === 5 })))
    const invalid = await makeEligibility(asked({ bundle: hidden }), Date.now())
    expect(invalid).toMatchObject({
      kind: 'eligibility',
      headline: { word: 'EVIDENCE INVALID' },
      sections: [{ title: 'Why' }, { title: 'How to verify hidden.bundle' }],
    })
  })

  test.each([
    [{ document: 'x.json' }, /either --bundle or --document, found both/],
    [{ bundle: undefined }, /either --bundle or --document, found neither/],
    [{ outageRef: undefined }, /--outage-ref: wanted a value, beside --bundle/],
    [{ to: undefined }, /--to: wanted a value/],
    [{ site: 'york' }, /--site: wanted leeds, found york/],
    [{ reference: 1_000_000 }, /--reference: wanted whole quarter hours/],
  ])('%o is refused and says what is wanted', async (change, words) => {
    const options = Object.entries({ ...asked(), ...change }).filter(
      ([, value]) => value !== undefined,
    )
    const given = Object.fromEntries(options) as unknown as EligibilityReportOptions
    await expect(makeEligibility(given, Date.now())).rejects.toThrow(words)
  })

  test('that was verified under a policy names it in the command that verifies again', async () => {
    const policy = join(folder, "leeds's policy")
    const log = KEYS.log.map((key) => `log ${formatVkey(key)}`)
    writeFileSync(policy, `${log.join('\n')}\nquorum none\n`)
    const named = `--policy 'leeds'\\''s policy'`
    expect(commandIn(await makeEligibility(asked({ policy }), Date.now()))).toContain(named)
    expect(commandIn(await makeEligibility(asked(), Date.now()))).not.toContain('--policy')
  })
})
