import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { sameOctets } from './octets.ts'
import type { Report, SeenRecord, VerifyTools } from './verify-items.ts'
import type { Vkey } from './vkey.ts'

/**
 * What agents hold against the log (a record's `fork`). Two heads of one size that a trusted log key
 * signed prove that the log shows two histories; anything else is the agent's word, and asks for an
 * explanation.
 */
export function checkForks(
  records: readonly SeenRecord[],
  context: {
    readonly tools: VerifyTools
    readonly logKeys: readonly Vkey[]
    readonly report: Report
  },
): void {
  const { tools, logKeys, report } = context
  const told = new Set<string>()
  for (const { record, where } of records) {
    const { fork, window } = record
    // It stands in every record until it is mended: the first one tells.
    if (fork === undefined || told.has(fork.kept + fork.shown)) continue
    told.add(fork.kept + fork.shown)
    const time = { from: window.from, to: window.to }
    const [kept, shown] = [fork.kept, fork.shown].map((note) => headOf(tools, note, logKeys))
    if (!kept || !shown) {
      const what =
        'its agent says that the log was rewritten; no trusted log key signed what it kept'
      report('suspicious', 'fork-claimed', where, what, time)
      continue
    }
    const sizes = `kept ${kept.size} leaves, was shown ${shown.size}`
    if (kept.size === shown.size && !sameOctets(kept.root, shown.root)) {
      const what = `the log's key signed two histories of ${kept.size} leaves: both heads are here`
      report('invalid', 'fork-proven', where, what, time)
    } else if (fork.kind === 'rolled-back') {
      const what = `its agent was shown a shorter log that is not the beginning of its own (${sizes})`
      report('suspicious', 'rolled-back', where, what, time)
    } else {
      const what = `its agent was not shown that the log begins with what it was (${sizes})`
      report('suspicious', 'fork-claimed', where, what, time)
    }
  }
}

function headOf(tools: VerifyTools, note: string, logKeys: readonly Vkey[]): Checkpoint | null {
  const opened = openCheckpoint(tools, note, logKeys)
  return opened.ok ? opened.value.checkpoint : null
}
