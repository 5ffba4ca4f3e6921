import type { Finding, Verdict } from '../../shared/verdict/finding.ts'
import type { Sample, SiteFamily, SiteView } from './site-family.ts'

/** As label values: a closed list, with underscores throughout. */
const VERDICTS: readonly Verdict[] = ['pass', 'fail', 'inconclusive', 'not-tested']
const OVERALLS = ['READY', 'NOT READY', 'CANNOT SAY'] as const

/** The judged side of a site's series. */
export function verdictFamilies(): SiteFamily[] {
  return [
    gauge('site_verdict', 'What can be said of the site now: 1 for the one that holds.', overall),
    gauge('site_findings', 'Findings of the newest window by verdict.', counts),
    {
      ...gauge(
        'clause_verdict',
        'Verdict of one clause on one leg: 1 for the one that holds.',
        verdicts,
      ),
      core: amiss,
    },
    gauge('clause_reason', 'Reason of the verdict; always 1.', reasons),
  ]
}

function gauge(name: string, help: string, samples: SiteFamily['samples']): SiteFamily {
  return { name: `voipready_${name}`, type: 'gauge', help, samples }
}

function* overall({ site, judgement, outdated }: SiteView): Iterable<Sample> {
  if (judgement === null) return
  const holds = outdated ? 'CANNOT SAY' : judgement.overall
  for (const one of OVERALLS) {
    yield [{ site, verdict: label(one) }, Number(holds === one)]
  }
}

function* counts({ site, judgement }: SiteView): Iterable<Sample> {
  if (judgement === null) return
  for (const verdict of VERDICTS) {
    yield [{ site, verdict: label(verdict) }, judgement.counts[verdict]]
  }
}

function* verdicts(view: SiteView): Iterable<Sample> {
  for (const finding of clauses(view)) {
    for (const verdict of VERDICTS) {
      const labels = { ...place(view, finding), verdict: label(verdict) }
      yield [labels, Number(finding.verdict === verdict)]
    }
  }
}

function* amiss(view: SiteView): Iterable<Sample> {
  for (const finding of clauses(view)) {
    const { verdict } = finding
    if (verdict !== 'fail' && verdict !== 'inconclusive') continue
    yield [{ ...place(view, finding), verdict: label(verdict) }, 1]
  }
}

function* reasons(view: SiteView): Iterable<Sample> {
  for (const finding of clauses(view)) {
    yield [{ ...place(view, finding), reason: label(finding.reason) }, 1]
  }
}

/**
 * Findings with series of their own: every line that was looked at, and the general clauses always.
 * Lines of the port, DNS and DHCP tables that nobody looked at are counted in site_findings only.
 * One series per place: should a line be found twice, its worst finding (listed first) stands.
 */
function clauses({ judgement }: SiteView): Finding[] {
  const places = new Set<string>()
  return (judgement?.findings ?? []).filter((finding) => {
    const key = `${finding.id}/${finding.farEnd}/${finding.leg}`
    if (places.has(key)) return false
    places.add(key)
    return finding.verdict !== 'not-tested' || finding.id.startsWith('VRN-')
  })
}

function place({ site }: SiteView, { id, farEnd, leg }: Finding) {
  return { site, clause: id, far_end: farEnd, leg }
}

function label(word: string): string {
  return word.toLowerCase().replace(/[- ]/g, '_')
}
