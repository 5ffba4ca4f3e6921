import type { FoundRun } from './answers.ts'
import { FindingsTable } from './findings.tsx'
import { TONES } from './words.ts'

/** What a run that ended has found. */
export function Found({ run }: { readonly run: FoundRun }) {
  const { judged, result } = run
  return (
    <div>
      {judged === null ? <Unjudged run={run} /> : <Word judged={judged} />}
      {result?.summary && <p>{result.summary}</p>}
      {judged !== null && <Looked judged={judged} />}
    </div>
  )
}

function Looked({ judged }: { readonly judged: NonNullable<FoundRun['judged']> }) {
  const looked = judged.findings.filter(({ verdict }) => verdict !== 'not-tested')
  return looked.length > 0 ? <FindingsTable judged={judged} findings={looked} /> : null
}

/** A word for the whole site would not be one of a few lines. */
function Word({
  judged: { overall, onlyLines },
}: {
  readonly judged: NonNullable<FoundRun['judged']>
}) {
  const tone = TONES[overall]
  const lines = onlyLines ? `in ${onlyLines.join(', ')} alone` : 'in every line of the profile'
  return (
    <p class={tone}>
      <span class="pill">{onlyLines ? tone : overall}</span> {lines}, by what this run saw.
    </p>
  )
}

function Unjudged({ run: { result } }: { readonly run: FoundRun }) {
  const why =
    result === null
      ? 'It brought no findings.'
      : `This collector cannot judge it; the agent’s word: ${result.overall}`
  return <p class="quiet">{why}</p>
}
