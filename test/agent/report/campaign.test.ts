import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeCampaign } from '../../../agent/report/campaign.ts'
import { writeReport } from '../../../agent/report/run.ts'
import { sha256hex } from '../../../config/load.ts'
import { packBundle } from '../../../server/bundle/pack.ts'
import { parseProtocol, protocolIdentity } from '../../../shared/campaign/protocol.ts'
import { profileIdentity } from '../../../shared/profile/canonical.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { MINUTE, START } from '../../server/support/fixtures.ts'
import { keyOptions, lossy, VOICE_PROFILE } from '../../support/eligibility-world.ts'
import { worldLines } from '../../support/evidence-world.ts'
import { reportOptions } from '../../support/report-bundles.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

const PROTOCOL = {
  ...{ format: 'voip-ready/campaign/1', id: 'trial', site: 'leeds', zone: 'Europe/London' },
  profile: { id: 'test', sha256: profileIdentity(VOICE_PROFILE, sha256hex) },
  days: ['2026-03-02'],
  measurements: { first: '10:05', last: '10:35', everyMinutes: 10, lengthMinutes: 5 },
  busyHours: [{ from: '10:10', to: '10:30' }],
  ...{ calls: 1, codec: 'g711', tolerance: { unmeasuredSeconds: 10, missing: 1 } },
  attestations: [{ by: 'the site', says: 'the agent <is> wired' }],
}

type Change = (one: AgentRecord, minute: number) => AgentRecord | null

/** The report of a bundle of 45 minutes, in HTML and as the text of its PDF, with its exit code. */
async function reported(change: Change, break_ = (octets: Uint8Array) => octets) {
  const agreed = parseProtocol(PROTOCOL)
  if (!agreed.ok) throw new Error(JSON.stringify(agreed.error))
  const entries = (minute: number) =>
    minute === 2
      ? [
          {
            ...({
              kind: 'exclusion',
              site: 'leeds',
              id: 'campaign',
              cause: 'maintenance',
            } as const),
            ...{ by: 'noc', from: START + 500 * MINUTE, to: START + 501 * MINUTE },
            ...{ withdrawn: false, why: protocolIdentity(agreed.value, sha256hex) },
          },
        ]
      : []
  const folder = temporaryDirectory()
  const at = (name: string) => join(folder, name)
  writeFileSync(at('c.yaml'), JSON.stringify(PROTOCOL))
  const world = { minutes: 45, profile: VOICE_PROFILE, entries, change }
  writeFileSync(at('leeds.bundle'), break_(packBundle(worldLines(world))))
  const options = {
    ...reportOptions(at('out')),
    ...{ ...keyOptions(), protocol: at('c.yaml'), bundle: at('leeds.bundle') },
  }
  const exit = await writeReport(await makeCampaign(options), options, () => {})
  const pdf = spawnSync('pdftotext', ['-layout', at('out.pdf'), '-'], { encoding: 'utf8' })
  const html = readFileSync(at('out.html'), 'utf8')
  return { exit, html: html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' '), pdf: pdf.stdout }
}

test('a campaign that was followed is certified for filing: the answer, each point, each line, and how to verify it', async () => {
  const { exit, html, pdf } = await reported((one, m) => (m >= 25 && m < 30 ? null : one))
  expect(exit).toBe(0)
  for (const said of [
    'FOLLOWED; REQUIRED LINES: MET',
    'required lines: MET; 1 not shown as agreed, as the protocol allows, say nothing',
    'fixed before it began HELD',
    'vouched for by the site A CLAIM the agent &lt;is&gt; wired',
    '10:05 to 10:35 every 10 min, 5 min each',
    'day by hour, Europe/London',
    '2026-03-02 10:25 UTC 2026-03-02 10:25 Europe/London missing no record',
    'voip-ready verify leeds.bundle',
  ]) {
    expect(html).toContain(said)
  }
  expect(html).toMatch(/VRN-6 loss primary, site to far end MET 3 0 1 /)
  expect(pdf).toContain('FOLLOWED; REQUIRED LINES: MET')
  expect(pdf).toContain('Measurements not shown as agreed')
})

test('one that was not followed, or whose line failed, is told as that, with the exit code of certify', async () => {
  const not = await reported((one, m) => (m >= 15 && m < 30 ? null : one))
  expect(not.exit).toBe(1)
  expect(not.html).toMatch(
    / NOT FOLLOWED not held: 4 measurements [^;]+; busy hour [^;]+ required lines: CANNOT BE DETERMINED; a protocol that/,
  )
  expect(not.html).toContain('of a protocol that was not followed it decides nothing')
  const failed = await reported((one, m) => (m >= 15 && m < 20 ? lossy(one, 300) : one))
  expect(failed.exit).toBe(1)
  expect(failed.html).toContain('FOLLOWED; REQUIRED LINES: NOT MET')
})

test('of a bundle that was changed nothing is shown but that', async () => {
  const { exit, html } = await reported(
    (one) => one,
    (octets) => octets.fill(0x20, 4000, 4100),
  )
  expect(exit).toBe(5)
  expect(html).toContain('EVIDENCE INVALID')
  expect(html).not.toContain('REQUIRED LINES')
})
