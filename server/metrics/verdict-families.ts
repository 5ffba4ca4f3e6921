import type { Finding, Verdict } from '../../shared/verdict/finding.ts'
import type { SiteFamily, SiteView } from './catalogue.ts'

/** As label values: a closed list, with underscores throughout. */
const VERDICTS: readonly Verdict[] = ['pass', 'fail', 'inconclusive', 'not-tested']
const OVERALLS = ['READY', 'NOT READY', 'CANNOT SAY'] as const

/** The judged side of a site's series. */
export function verdictFamilies(): SiteFamily[] {
  return [
    {
      name: 'voipready_site_verdict',
      type: 'gauge',
      help: 'Roll-up of the newest window: 1 for the one that holds.',
      samples: function* ({ site, judgement }) {
        if (judgement === null) return
        for (const overall of OVERALLS) {
          yield [{ site, verdict: label(overall) }, Number(judgement.overall === overall)]
        }
      },
    },
    {
      name: 'voipready_site_findings',
      type: 'gauge',
      help: 'Findings of the newest window by verdict.',
      samples: function* ({ site, judgement }) {
        if (judgement === null) return
        for (const verdict of VERDICTS) {
          yield [{ site, verdict: label(verdict) }, judgement.counts[verdict]]
        }
      },
    },
    {
      name: 'voipready_clause_verdict',
      type: 'gauge',
      help: 'Verdict of one clause on one leg: 1 for the one that holds.',
      samples: function* (view) {
        for (const finding of clauses(view)) {
          for (const verdict of VERDICTS) {
            const labels = { ...place(view, finding), verdict: label(verdict) }
            yield [labels, Number(finding.verdict === verdict)]
          }
        }
      },
    },
    {
      name: 'voipready_clause_reason',
      type: 'gauge',
      help: 'Reason of the verdict; always 1.',
      samples: function* (view) {
        for (const finding of clauses(view)) {
          yield [{ ...place(view, finding), reason: label(finding.reason) }, 1]
        }
      },
    },
  ]
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
