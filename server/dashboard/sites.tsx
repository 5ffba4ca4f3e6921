import { useEffect, useRef } from 'preact/hooks'
import type { Conflict, Fleet } from './answers.ts'
import { besides, newestOf, TONES, wordOf } from './words.ts'

const ARROWS: { readonly [key: string]: number } = {
  ArrowDown: 1,
  ArrowRight: 1,
  ArrowUp: -1,
  ArrowLeft: -1,
}

interface SitesProps {
  readonly sites: Fleet['sites']
  /** What agents of any site hold against the log of this collector. */
  readonly conflicts: readonly Conflict[]
  readonly chosen: string
  readonly choose: (site: string) => void
}

/** All sites. One stop for the keyboard, however many there are: arrows go from one to the next. */
export function Sites({ sites, conflicts, chosen, choose }: SitesProps) {
  const list = useRef<HTMLUListElement>(null)
  const isHere = sites.some(({ site }) => site === chosen)
  // Once for each choice: whoever scrolls on is not called back.
  useEffect(() => {
    if (chosen === '' || !isHere) return
    const at = list.current?.querySelector('[aria-current=true]')
    at?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [chosen, isHere])
  return (
    <aside aria-label="Sites; arrow keys go from one to the next">
      <ul id="sites" ref={list} onKeyDown={go}>
        {sites.map((site) => (
          <li key={site.site} class={TONES[site.overall]}>
            <button
              type="button"
              data-key={site.site}
              aria-current={site.site === chosen ? 'true' : 'false'}
              tabIndex={site.site === chosen ? 0 : -1}
              onClick={() => choose(site.site)}
            >
              <b>{site.site}</b>
              <small>
                {[wordOf(site), newestOf(site), ...besides(site)].join(' · ')}
                {conflicts.some((one) => one.site === site.site) && ' · another log there'}
              </small>
            </button>
          </li>
        ))}
      </ul>
    </aside>
  )
}

/** Moves the keyboard among the sites. */
function go(event: KeyboardEvent): void {
  const list = event.currentTarget
  if (!(list instanceof HTMLElement)) return
  const rows: (Element | null)[] = [...list.querySelectorAll('button')]
  const here = rows.indexOf(document.activeElement)
  const ends: { readonly [key: string]: number } = { Home: 0, End: rows.length - 1 }
  const to = ends[event.key] ?? here + (ARROWS[event.key] ?? 0)
  const next = rows[to]
  if (here < 0 || to === here || !(next instanceof HTMLElement)) return
  event.preventDefault()
  next.focus()
}

/** What the whole fleet comes to, in a line; what agents hold against the log concerns all of it. */
export function fleetText({ sites, counts, next }: Fleet, conflicts: readonly Conflict[]): string {
  const forked = new Set(conflicts.map(({ site }) => site)).size
  const other =
    forked === 0 ? '' : `; ${forked} ${forked === 1 ? 'holds' : 'hold'} another log than this`
  const all = counts.sites === 1 ? '1 site' : `${counts.sites} sites`
  const unseen = counts.unseen > 0 ? ` (${counts.unseen} not seen now)` : ''
  const waiting = counts.notJudgedYet > 0 ? ` (${counts.notJudgedYet} not judged yet)` : ''
  const shown = next === null ? '' : ` (${sites.length} are shown, those not ready first)`
  return `${all}: ${counts.ready} ready, ${counts.notReady} not ready, ${counts.cannotSay} cannot say${unseen}${waiting}${shown}${other}`
}
