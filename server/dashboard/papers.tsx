import { useRef, useState } from 'preact/hooks'
import { INTERVAL_MS } from '../../shared/clock.ts'
import type { Months } from './answers.ts'
import { bearer, fetchPaper, paperPath } from './api.ts'
import { useLooked } from './looked.ts'
import { Pins } from './pins.tsx'
import { DAY_MS } from './words.ts'

/** What is taken away from the page: reports of a month or a time, the bundle; and the times that are pinned. */
export function Papers({ site, now }: { readonly site: string; readonly now: string }) {
  const [isOpen, open] = useState(false)
  const [told, tell] = useState('')
  const { looked, why } = useLooked(site, isOpen)
  const get = (path: string) => void getPaper(path, tell)
  return (
    <details class="papers" onToggle={({ currentTarget }) => open(currentTarget.open)}>
      <summary>Reports, bundle, pins</summary>
      <p class="quiet">
        Rendered from a bundle that is cut when you ask; a month takes a minute or more. Verified
        here under the keys of this collector: who does not trust it verifies the bundle himself.
      </p>
      {why !== '' && <p class="note">Months and pins cannot be read: {why}.</p>}
      <h3>Monthly reports (UTC)</h3>
      <ul class="months">
        {looked?.months.map((month) => (
          <Month key={month.month} site={site} month={month} get={get} />
        ))}
        {looked?.months.length === 0 && <li class="quiet">No record of this site is kept.</li>}
      </ul>
      <h3>Of a time (UTC)</h3>
      <OfATime site={site} now={now} get={get} tell={tell} />
      <p role="status">{told}</p>
      <h3>Pinned times</h3>
      {looked !== null && <Pins pins={looked.pins} />}
    </details>
  )
}

function Month({
  site,
  month: { month, over },
  get,
}: {
  readonly site: string
  readonly month: Months[number]
  readonly get: (path: string) => void
}) {
  const link = (text: string, path: string) => (
    <a
      href={path}
      target="_blank"
      rel="noopener"
      onClick={(event) => {
        // A token cannot go with a link: then the file is fetched.
        if (bearer() === null) return
        event.preventDefault()
        get(path)
      }}
    >
      {text}
    </a>
  )
  return (
    <li>
      <b>{month}</b>
      {over ? ' ' : ' so far '}
      {link('Report', paperPath(site, 'reports/monthly', { month }))}
      {' · '}
      {link('PDF', paperPath(site, 'reports/monthly', { month, format: 'pdf' }))}
    </li>
  )
}

const OUTAGE = 'outage, by its case number'

/** What may be had of a time: the paper, and its form where it has one. */
const PAPERS = [
  ['Readiness', 'reports/readiness', 'html'],
  ['Readiness PDF', 'reports/readiness', 'pdf'],
  ['Bundle', 'bundle', ''],
] as const
const CLAIMS = [
  ['Eligibility', 'reports/eligibility', 'html'],
  ['Eligibility PDF', 'reports/eligibility', 'pdf'],
] as const

interface OfATimeProps {
  readonly site: string
  readonly now: string
  readonly get: (path: string) => void
  readonly tell: (text: string) => void
}

function OfATime({ site, now, get, tell }: OfATimeProps) {
  const from = useRef<HTMLInputElement>(null)
  const to = useRef<HTMLInputElement>(null)
  const outage = useRef<HTMLInputElement>(null)
  const [[fromThen, toThen]] = useState(() => lastDay(now))
  const ask = (what: string, format: string) => {
    const [since, until] = [from.current?.value ?? '', to.current?.value ?? '']
    if (since === '' || until === '' || since >= until)
      return tell('Wanted: a time from before to.')
    const outageRef = outage.current?.value.trim() ?? ''
    const isClaim = what === 'reports/eligibility'
    if (isClaim && outageRef === '') return tell('Wanted: what both parties call the outage.')
    tell('')
    const times = { from: `${since}:00Z`, to: `${until}:00Z` }
    const form = { ...(format && { format }), ...(isClaim && { outageRef }) }
    get(paperPath(site, what, { ...times, ...form }))
  }
  const button = ([text, what, format]: readonly [string, string, string]) => (
    <button key={text} type="button" onClick={() => ask(what, format)}>
      {text}
    </button>
  )
  return (
    <>
      <div class="ask">
        <Time name="from" value={fromThen} input={from} /> to
        <Time name="to" value={toThen} input={to} />
        {PAPERS.map(button)}
      </div>
      <div class="ask">
        <input ref={outage} name="outage" placeholder={OUTAGE} aria-label={OUTAGE} />
        {CLAIMS.map(button)}
        <span class="quiet">of an outage in that time</span>
      </div>
    </>
  )
}

interface TimeProps {
  readonly name: string
  readonly value: string
  readonly input: { current: HTMLInputElement | null }
}

function Time({ name, value, input }: TimeProps) {
  return (
    <input
      ref={input}
      type="datetime-local"
      name={name}
      defaultValue={value}
      aria-label={`${name}, UTC`}
    />
  )
}

/** The day that ended with the last quarter hour, as a browser's input has it, UTC. */
function lastDay(now: string): [from: string, to: string] {
  const to = Math.floor(Date.parse(now) / INTERVAL_MS) * INTERVAL_MS
  const text = (ms: number) => new Date(ms).toISOString().slice(0, 16)
  return [text(to - DAY_MS), text(to)]
}

/** Opens a paper; by a token it is fetched and handed over as a download. */
async function getPaper(path: string, tell: (text: string) => void): Promise<void> {
  if (bearer() === null) {
    window.open(path, '_blank', 'noopener')
    return
  }
  tell('Being made …')
  const got = await fetchPaper(path)
  if ('refused' in got) return tell(got.refused)
  const url = URL.createObjectURL(got.file)
  const link = document.createElement('a')
  link.href = url
  link.download = got.name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
  tell(`${got.name} was handed to the browser.`)
}
