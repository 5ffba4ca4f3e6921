import { utcText } from '../eligibility/scope.ts'
import { portBlocks, siteBlocks } from './besides.ts'
import type { Digest } from './digest.ts'
import { type Block, type Headline, REPORT_FORMAT, type ReportDocument } from './document.ts'
import { headline, headSection, subtitleOf } from './head.ts'
import { invalidReport } from './invalid.ts'
import { loadBlocks } from './load.ts'
import { lookSections } from './looks.ts'
import { methodBlocks } from './method.ts'
import { overallOf } from './overall.ts'
import { countedOf, type Unshown, unshownRun } from './own-load.ts'
import { plotBlocks } from './plots.ts'
import { evidenceBlocks, type Opened, standingOf, verifyBlocks } from './standing.ts'
import { todoBlocks } from './todo.ts'
import { voiceTable } from './voice.ts'
import { wayBlocks } from './ways.ts'

const NOTHING: Block = { kind: 'text', text: 'No line was judged.', tone: 'not-tested' }

/**
 * The readiness report of a bundle: a certificate where the evidence is valid and proven, and never
 * one where it is not, where it is not all READY, or where a newer run of load may have been left out.
 * Every quarter hour of the bundle counts, but for those that `countedOf` sets apart.
 */
export function readinessReport(opened: Opened): ReportDocument {
  const standing = standingOf(opened)
  const { evidence } = opened
  if (standing === 'invalid' || 'why' in evidence || evidence.parts === null) {
    return invalidReport('readiness', opened)
  }
  const { digest, apart } = countedOf(evidence.parts)
  const unshown = unshownRun(evidence, opened.keys, digest)
  const isReady = overallOf(digest) === 'READY'
  const certifies = standing !== 'unproven' && isReady && unshown === null
  const head = headline(digest, standing)
  const held = isReady ? unshown : null
  return {
    format: REPORT_FORMAT,
    kind: 'readiness',
    title: certifies ? 'Readiness certificate' : 'Readiness report, not a certificate',
    subtitle: subtitleOf(digest),
    headline: held === null ? head : withheld(head, held),
    sections: [
      headSection(digest, opened),
      { title: 'To do', blocks: held === null ? todoBlocks(digest) : cutAgain(digest, held) },
      { title: 'Voice', blocks: [digest.lines.length === 0 ? NOTHING : voiceTable(digest)] },
      { title: 'Runs of load', blocks: loadBlocks(evidence.parts.records, digest, apart) },
      ...lookSections(evidence.found.looks),
      { title: 'The quarter hours', blocks: plotBlocks(digest) },
      { title: 'Ports', blocks: portBlocks(digest) },
      { title: 'Names, addresses, links', blocks: siteBlocks(digest) },
      { title: 'Marks along the way, and SIP', blocks: wayBlocks(digest) },
      { title: 'Method and limits', blocks: methodBlocks(digest) },
      { title: 'Evidence', blocks: evidenceBlocks(opened) },
      { title: 'How to verify this', blocks: verifyBlocks(opened, standing) },
    ],
    bundles: [opened],
    dateMs: digest.toMs,
  }
}

/** All lines pass by what is here, and what is here may not be all. */
function withheld({ says }: Headline, { why }: Unshown): Headline {
  return { word: 'CANNOT SAY', tone: 'inconclusive', says: [why, ...says] }
}

/** The network needs nothing: the evidence does. */
function cutAgain({ site, toMs }: Digest, { begunMs }: Unshown): Block[] {
  const out = `${site}-whole.bundle`
  const lines = [
    `voip-ready bundle --site ${site}`,
    `  --from ${utcText(begunMs)} --to ${utcText(toMs)}`,
    `  --collector URL --out ${out}`,
  ]
  const text =
    'Nothing on the network, by what is here. Cut the bundle again, from the run of load on, and make this report of that:'
  return [
    { kind: 'text', text, tone: 'inconclusive' },
    { kind: 'command', lines },
    { kind: 'text', text: `Then report on ${out} in place of this bundle.` },
  ]
}
