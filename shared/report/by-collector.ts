import type { NamedKey } from '../evidence/named-keys.ts'
import { type PlanEntry, planEntry } from '../evidence/verify-entries.ts'
import { formatVkey } from '../evidence/vkey.ts'
import type { Block, ReportDocument } from './document.ts'
import type { Opened } from './standing.ts'
import { stamp } from './zone.ts'

const WHOSE =
  'Made and verified by the collector itself, under the keys that it holds of its agents and of its log'
const NAMED = ", and under those that the site's plan names for its reflectors."
const NOT_NAMED =
  ". The site's plan names no key of a reflector: what reflectors signed for is only claimed here."

/**
 * A report that a collector made of its own bundle: it says that the keys came from that very collector
 * and from the plans of its operators, and where the bundle is had by whoever does not take their word.
 * @param paths of the bundles on that collector, in the order of the report's own
 */
export function byCollector(
  report: ReportDocument,
  opened: readonly Opened[],
  paths: readonly string[],
): ReportDocument {
  const { headline, sections, bundles } = report
  const named = opened.flatMap(namingsIn)
  const whose = `${WHOSE}${named.length > 0 ? NAMED : NOT_NAMED}`
  const short = `${whose} Whoever does not trust this collector verifies the bundle with keys that he got elsewhere.`
  const told = `${whose} A collector that lies about its keys could lie in this report too. To be sure without it, take the keys from the parties themselves (an agent prints its own when it enrols, a reflector when it starts), get the bundle, compare its SHA-256, and verify it with the command above.`
  return {
    ...report,
    headline: { ...headline, says: [...headline.says, short] },
    sections: [
      ...sections,
      {
        title: 'Whose keys these are',
        blocks: [
          { kind: 'text', text: told },
          ...reflectorBlocks(named),
          {
            kind: 'pairs',
            pairs: bundles.map((_, at) => [`Bundle ${at + 1}`, `GET ${paths[at] ?? ''}`] as const),
          },
        ],
      },
    ],
  }
}

interface Naming {
  readonly title: string
  readonly says: string
}

/** Who named which reflector's key, where and when: the log dates each plan. */
function namingsIn({ evidence }: Opened): Naming[] {
  if ('why' in evidence || evidence.parts === null) return []
  const { named, entries, manifest } = evidence.parts
  return named.map((one) => {
    const entry = planEntry(entries, manifest.site, one.version)
    const says = `${formatVkey(one.key)}: ${sinceOf(one, entry)}`
    return { title: `Reflector at ${one.place}`, says }
  })
}

function sinceOf({ version, fromMs, untilMs }: NamedKey, entry: PlanEntry | undefined): string {
  const by = entry === undefined ? '' : ` (entered by ${entry.by})`
  const since =
    version === 0
      ? "named by the collector's own file of the site"
      : `named by plan ${version}${by}, in force since ${stamp(fromMs)}`
  return untilMs === null ? since : `${since}, and no longer since ${stamp(untilMs)}`
}

function reflectorBlocks(named: readonly Naming[]): Block[] {
  if (named.length === 0) {
    const text =
      "Write reflectorKeys at each far end of the site's plan (a reflector prints its key when it starts, and with voip-ready reflector key show): reports of the time after that then hold its receipts against it."
    return [{ kind: 'text', text }]
  }
  const text =
    "A reflector's key is the word of whoever entered the site's plan. It counts at its place, from before it was named until some minutes after it was last named. Ask the reflector's operator whether it is his."
  const once = new Map(named.map(({ title, says }) => [`${title} ${says}`, [title, says] as const]))
  return [
    { kind: 'text', text },
    { kind: 'pairs', pairs: [...once.values()] },
  ]
}
