import { useRef } from 'preact/hooks'
import {
  ALLOWED_WITHOUT_PLAN,
  LOAD_KINDS,
  RUN_KINDS,
  type RunKind,
} from '../../shared/plan/run-kinds.ts'
import type { Plan, Session } from './answers.ts'
import { askForRun } from './api.ts'

export const RUN_NAMES: { readonly [kind in RunKind]: string } = {
  check: 'Check everything',
  ports: 'Ports',
  path: 'Path',
  media: 'Voice',
  capacity: 'Capacity',
  qos: 'Priority under load',
}

/** What the collector and the agent both ask of the plan: shared/plan/consent.ts. */
function allowedBy(plan: Plan | null): readonly RunKind[] {
  return plan?.caps.consent ?? ALLOWED_WITHOUT_PLAN
}

/** What a site's plan allows, in words. */
export function allowedText(plan: Plan | null): string {
  const kinds = allowedBy(plan).join(', ') || 'no run'
  if (plan === null) return `This site has no plan, so only these may be: ${kinds}.`
  const { maxCalls, maxKbitPerSecond } = plan.caps
  const times = (plan.schedule.windows ?? []).map(({ from, to }) => `${from}–${to}`).join(', ')
  const when = times === '' ? '' : `; load only ${times} UTC`
  return `The plan of this site allows: ${kinds}; at most ${maxCalls} calls and ${maxKbitPerSecond} kbit/s${when}.`
}

interface AskBoxProps {
  readonly site: string
  readonly session: Session | null
  readonly plan: Plan | null
  readonly busy: boolean
  /** @param refused why it may not be; empty: it is under way */
  readonly asked: (refused: string) => void
}

/** Asks for runs. What the plan does not allow cannot be pressed. */
export function AskBox({ site, session, plan, busy, asked }: AskBoxProps) {
  const calls = useRef<HTMLInputElement>(null)
  const seconds = useRef<HTMLInputElement>(null)
  const press = async (kind: RunKind) => {
    const question = `This run loads the line of ${site}. What is measured meanwhile decides nothing. Run it?`
    if (LOAD_KINDS.has(kind) && !confirm(question)) return
    const wanted = {
      kind,
      ...(calls.current?.value ? { calls: Number(calls.current.value) } : {}),
      ...(seconds.current?.value ? { seconds: Number(seconds.current.value) } : {}),
    }
    const answer = await askForRun(site, wanted, session)
    asked('refused' in answer ? answer.refused : '')
  }
  const allowed = allowedBy(plan)
  return (
    <div class="ask">
      <div class="choice kinds">
        {RUN_KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            disabled={busy || !allowed.includes(kind)}
            title={titleOf(allowed.includes(kind), busy)}
            onClick={() => void press(kind)}
          >
            {RUN_NAMES[kind]}
          </button>
        ))}
      </div>
      <label class="quiet">
        <input ref={calls} type="number" min={1} max={10_000} placeholder="usual" /> calls
      </label>
      <label class="quiet">
        <input ref={seconds} type="number" min={2} max={600} placeholder="usual" /> seconds
      </label>
    </div>
  )
}

function titleOf(isAllowed: boolean, busy: boolean): string {
  if (!isAllowed) return 'the plan of this site does not allow it (caps.consent)'
  return busy ? 'a run is under way' : ''
}
