import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeReport } from '../../../agent/report/run.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import type { Format } from '../../../shared/report/format.ts'
import { readinessReport } from '../../../shared/report/readiness.ts'
import type { Opened } from '../../../shared/report/standing.ts'
import { asRun, LOSSY, looksUnderLoad, rampSteps } from '../../shared/verdict/run-records.ts'
import { LINES, profileWith, siteWith } from '../../shared/verdict/scenes.ts'
import { reflectorAt } from '../../support/evidence-world.ts'
import {
  bundleOf,
  jittering,
  NO_KEYS,
  opened,
  reportOptions,
} from '../../support/report-bundles.ts'
import { withReceipts } from '../../support/run-receipts.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

interface Made {
  readonly exit: number
  readonly said: string
  readonly html: string
  readonly json: ReturnType<typeof readinessReport>
  readonly pdf: Buffer
  /** What a person reads in the PDF. */
  readonly text: string
}

async function made(one: Opened): Promise<Made> {
  const out = join(temporaryDirectory(), 'report')
  let said = ''
  const exit = await writeReport(readinessReport(one), reportOptions(out), (more) => {
    said += more
  })
  const file = (format: Format) => readFileSync(`${out}.${format}`)
  const json = JSON.parse(String(file('json')))
  return {
    exit,
    said,
    html: String(file('html')),
    json,
    pdf: file('pdf'),
    text: readPdf(`${out}.pdf`),
  }
}

function readPdf(file: string): string {
  const { stdout, stderr, error } = spawnSync('pdftotext', ['-layout', file, '-'], {
    encoding: 'utf8',
  })
  if (error !== undefined)
    throw new Error(`${error.message}: poppler-utils, see test/support/packages.mjs`)
  expect(stderr).toBe('')
  return stdout
}

/** Rows of the first table of a section, as text. */
function rows({ json }: Made, title: string): string[] {
  const section = json.sections.find((one) => one.title === title)
  const table = section?.blocks.find((block) => block.kind === 'table')
  return table?.kind === 'table'
    ? table.rows.map((row) => row.map(({ text, below }) => `${text} ${below ?? ''}`).join(' | '))
    : []
}

let ready: Uint8Array
let failing: Uint8Array
beforeAll(() => {
  ready = bundleOf({ minutes: 45 })
  const change = (record: Parameters<ReturnType<typeof jittering>>[0], minute: number) =>
    minute >= 47 && minute < 52 ? null : jittering(15, 30)(record, minute)
  failing = bundleOf({ minutes: 60, change })
})

describe('a bundle that holds', () => {
  test('whose every quarter hour is READY is a certificate, exit 0', async () => {
    const found = await made(await opened('leeds', ready))
    expect(found.exit).toBe(0)
    expect(found.json).toMatchObject({
      title: 'Readiness certificate',
      headline: { word: 'READY' },
    })
    expect(found.said.split('\n').filter((line) => line.length > 100)).toEqual([])
    for (const text of [found.html, found.text]) {
      expect(text).toContain('Of 5 required lines: 5 pass, 0 fail, 0 cannot be said, 0 not tested.')
      expect(text).toContain(
        'VERIFIED: what is signed holds under the keys given; nothing is missing (exit code 0)',
      )
      expect(text).toContain('Nothing: every required line passes in every quarter hour.')
      // Nobody signed what the site is, and a certificate rests on it.
      expect(text).toContain('a site file, not dated by the log')
    }
  })

  test('with a bad quarter hour says so first, and who mends what, and how to test it again', async () => {
    const found = await made(await opened('leeds', failing))
    expect(found.exit).toBe(1)
    expect(found.text.indexOf('NOT READY')).toBeLessThan(found.text.indexOf('What this speaks of'))
    expect(found.text).toContain('Of 4 quarter hours: 2 READY, 1 NOT READY, 1 CANNOT SAY.')
    const [first] = rows(found, 'To do')
    expect(first).toMatch(
      /^VRN-4 .*secondary, far end to site.* \| FAIL .*whoever provides the circuit/,
    )
    expect(first).toContain('voip-ready check --site FILE --only VRN-4')
    const worst = rows(found, 'Voice').find(
      (row) => row.startsWith('VRN-4') && row.includes('FAIL'),
    )
    expect(worst).toMatch(/41 ms n = 45,000, 2026-03-02 10:15 UTC/)
    expect(found.text).toMatch(
      /longest time that is READY without a break is 2026-03-02 10:00 to 10:15 UTC/,
    )
  })

  test('draws a gap as a gap: the line ends where nothing was seen', async () => {
    const silent = bundleOf({
      minutes: 60,
      change: (one, minute) => (minute >= 15 && minute < 30 ? null : one),
    })
    const { html, json } = await made(await opened('leeds', silent))
    const plots = json.sections
      .flatMap(({ blocks }) => blocks)
      .filter(({ kind }) => kind === 'plot')
    expect(plots).toHaveLength(6)
    for (const block of plots) {
      if (block.kind !== 'plot') continue
      expect(block.plot.gaps).toEqual(['none', 'whole', 'none', 'none'])
      for (const { values } of block.plot.series) expect(values[1]).toBeNull()
    }
    const strokes = [...html.matchAll(/<path d="(M[^"]*)" fill="none" stroke="var\(--out\)"/g)]
    expect(strokes.map(([, path]) => path?.split('M').length)).toEqual([3, 3, 3, 3, 3, 3])
  })

  test('without the keys is no certificate: nothing is proven, exit 2', async () => {
    const found = await made(await opened('leeds', ready, NO_KEYS))
    expect(found.exit).toBe(2)
    expect(found.json.title).toBe('Readiness report, not a certificate')
    expect(found.text).toMatch(/UNPROVEN: the file says READY[\s\S]*NOTHING IS PROVEN/)
  })

  test('in which nothing was ever seen passes nothing, exit 2', async () => {
    const found = await made(await opened('leeds', bundleOf({ minutes: 30, change: () => null })))
    expect(found.exit).toBe(2)
    expect(found.json).toMatchObject({
      title: 'Readiness report, not a certificate',
      headline: { word: 'CANNOT SAY' },
    })
    expect(found.text).toContain('Nothing was judged')
    expect(found.html).not.toContain('class="pill pass"')
  })
})

describe('evidence that does not hold', () => {
  test('is the first line of the report, with the reasons and none of the figures, exit 5', async () => {
    const hidden = bundleOf({ minutes: 16, hide: (minute) => minute === 5 })
    const found = await made(await opened('leeds', hidden))
    expect(found.exit).toBe(5)
    expect(found.json.headline.word).toBe('EVIDENCE INVALID')
    expect(found.text).toMatch(/invalid: .*forked|invalid: /)
    expect(found.json.sections.map(({ title }) => title)).toEqual([
      'Why',
      'How to verify leeds.bundle',
    ])
  })

  test('also where the file is no bundle at all', async () => {
    const broken = Uint8Array.from(ready)
    broken.set([255 - (broken.at(-9) ?? 0)], broken.length - 9)
    const found = await made(await opened('leeds', broken))
    expect(found.exit).toBe(5)
    expect(found.text).toMatch(/EVIDENCE INVALID[\s\S]*the file was changed/)
  })
})

test('the same bundle gives the same octets of PDF and HTML', async () => {
  const [one, two] = [
    await made(await opened('leeds', failing)),
    await made(await opened('leeds', failing)),
  ]
  expect(one.pdf.equals(two.pdf)).toBe(true)
  expect(one.html).toBe(two.html)
  expect(one.pdf.toString('latin1')).toContain('D:20260302110000Z')
})

test('names that are HTML stay names, and a name that turns around is shown to', async () => {
  const circuitProvider = '<img src=x onerror=alert(1)>"\'&\u202e'
  const site = siteWith({ farEnds: { primary: { reflector: '192.0.2.1', circuitProvider } } })
  const { html, text } = await made(await opened('<b>', bundleOf({ minutes: 15, site })))
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\\u202e')
  expect(html).not.toMatch(/<img|<b>\.|\u202e/)
  expect(text).toContain('\\u202e')
  // Nothing that a browser would fetch or run.
  expect(html).not.toMatch(/<script|\ssrc=["']|\shref=|url\(|@import|\son\w+="/)
})

test('in a browser it reads as on paper, without a script', async () => {
  const folder = temporaryDirectory()
  const out = join(folder, 'report')
  await writeReport(readinessReport(await opened('leeds', failing)), reportOptions(out), () => {})
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-pdf-header-footer']
  const printed = join(folder, 'printed.pdf')
  spawnSync('chromium', [...args, `--print-to-pdf=${printed}`, `file://${out}.html`], {
    timeout: 60_000,
  })
  expect(readPdf(printed)).toMatch(
    /Readiness report, not a certificate[\s\S]*NOT READY[\s\S]*To do[\s\S]*voip-ready verify leeds\.bundle/,
  )
}, 90_000)

/** All lines that voice and runs of load answer; the runs are of the first quarter hour. */
const LOAD_WORLD = {
  ...{ minutes: 30, site: siteWith({ peakCalls: 4 }) },
  profile: profileWith({ requirements: LINES.filter(({ id }) => /^VRN-[1345-7]$/.test(id)) }),
}
const loaded =
  (ramp = rampSteps(), looks = looksUnderLoad()) =>
  (usual: AgentRecord, minute: number) => {
    if (minute === 3) return withReceipts(asRun(usual, 'capacity', ramp), reflectorAt)
    return minute === 4 ? asRun(usual, 'qos', looks) : usual
  }

describe('runs of load', () => {
  test('a bundle with a capacity and a qos run certifies bandwidth and priority', async () => {
    const bundle = bundleOf({ ...LOAD_WORLD, change: loaded() })
    const document = readinessReport(await opened('loaded', bundle))
    expect(document.title).toBe('Readiness certificate')
    expect(verdictsOf(document)).toEqual(['pass'])
    const told = JSON.stringify(document.sections.find(({ title }) => title === 'Runs of load'))
    expect(told).toContain('primary: 2, 4 calls g711 each way')
    expect(told).toContain('signed by the agent and by reflectors')
    expect(told).toContain("signed by the agent alone: one side's word")
    expect(told).toContain('beside 1280 kbit/s of best effort, 10000 allowed; ended: suffered')
    expect(told).toMatch(/26 min.*holds until 2026-03-09 10:04/)
    // The quarter hour of the runs is shown, and decides nothing.
    expect(told).toContain('10:00 to 10:15 UTC is set apart')
    expect(document.headline.says.join(' ')).toContain('Of 1 quarter hour: 1 READY')
    const without = readinessReport(await opened('unloaded', bundleOf(LOAD_WORLD)))
    expect(without.title).toBe('Readiness report, not a certificate')
    expect(verdictsOf(without)).toEqual(['inconclusive'])
  })

  test('a bundle that begins after the runs certifies nothing: a newer one may be left out', async () => {
    const bundle = bundleOf({ ...LOAD_WORLD, since: 15, change: loaded() })
    const one = await opened('after', bundle)
    const { json, exit } = await made(one)
    expect([json.title, json.headline.word, exit]).toEqual([
      ...['Readiness report, not a certificate', 'CANNOT SAY', 2],
    ])
    expect(verdictsOf(json)).toEqual(['pass'])
    const says = json.headline.says[0]
    expect(says).toContain('Records since the run of load (capacity, qos) are not all here')
    expect(says).toContain('begins at 2026-03-02 10:03 UTC or before')
    const todo = JSON.stringify(json.sections.find(({ title }) => title === 'To do'))
    expect(todo).toContain('--from 2026-03-02T10:03Z --to 2026-03-02T10:30Z')
    expect(todo).not.toContain('"pass"')
  })

  test('where they fail there is none, and the report says why', async () => {
    const change = loaded(rampSteps(LOSSY), looksUnderLoad({ aboveMs: 88 }))
    const document = readinessReport(await opened('failed', bundleOf({ ...LOAD_WORLD, change })))
    expect(document.title).toBe('Readiness report, not a certificate')
    expect(verdictsOf(document)).toContain('fail')
    expect(JSON.stringify(document)).toContain('breaks at 4')
  })
})

/** What the voice table says of priority and bandwidth, each verdict once. */
function verdictsOf(document: ReturnType<typeof readinessReport>): string[] {
  const section = document.sections.find(({ title }) => title === 'Voice')
  const table = section?.blocks.find((block) => block.kind === 'table')
  const rows = table?.kind === 'table' ? table.rows : []
  const load = rows.filter((row) => /VRN-[17]/.test(JSON.stringify(row[0])))
  expect(load.length).toBeGreaterThan(1)
  return [...new Set(load.flatMap((row) => row.flatMap(({ tone }) => tone ?? [])))].sort()
}
