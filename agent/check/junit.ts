import { type LineRead, readText } from '../../shared/shown/line-read.ts'
import { aloneText } from '../../shared/verdict/describe.ts'
import type { Finding, Judgement } from '../../shared/verdict/finding.ts'

/**
 * Findings as JUnit XML, for pipelines that gate a go-live: one test case per finding; a fail is a
 * failure, inconclusive an error (looked, and cannot say), not-tested is skipped.
 * @param lines how lines are read: a failure of one says by which reading it is one
 */
export function renderJunit(judgement: Judgement, lines: readonly LineRead[] = []): string {
  const { counts, findings } = judgement
  const sources = new Map(lines.map((line) => [line.id, `source: ${readText(line)}`]))
  const seconds = Math.max(0, judgement.to - judgement.from) / 1000
  const head =
    `<testsuite name="${escapeXml(`voip-ready ${judgement.profile.id}${aloneText(judgement)}`)}" tests="${findings.length}"` +
    ` failures="${counts.fail}" errors="${counts.inconclusive}" skipped="${counts['not-tested']}"` +
    ` time="${seconds}" timestamp="${new Date(judgement.from).toISOString()}">`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    head,
    ...findings.map((found) => renderCase(found, sources.get(found.id) ?? '')),
    '</testsuite>',
    '',
  ].join('\n')
}

const TAGS = {
  fail: 'failure',
  inconclusive: 'error',
  'not-tested': 'skipped',
  pass: null,
} as const

function renderCase(finding: Finding, source: string): string {
  const where = [finding.farEnd, finding.leg].filter((part) => part !== 'none').join(' ')
  const name = escapeXml([finding.id, finding.title, where].filter((part) => part !== '').join(' '))
  const open = `  <testcase classname="${escapeXml(finding.id)}" name="${name}"`
  const tag = TAGS[finding.verdict]
  if (tag === null) return `${open}/>`
  const message = escapeXml(
    [finding.reason, finding.detail].filter((part) => part !== '').join(': '),
  )
  const below = [finding.verdict === 'fail' ? source : '', finding.advice]
  const text = escapeXml(below.filter((part) => part !== '').join('\n'))
  return `${open}><${tag} message="${message}">${text}</${tag}></testcase>`
}

/** What XML 1.0 cannot hold at all, not even escaped (section 2.2). */
const NOT_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

/** Escapes for text and attributes; characters that XML cannot hold become `?`. */
export function escapeXml(text: string): string {
  return text
    .replace(NOT_XML, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
