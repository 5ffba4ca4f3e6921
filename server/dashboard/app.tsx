import { useEffect, useState } from 'preact/hooks'
import { Access } from './access.tsx'
import type { Conflict, Session } from './answers.ts'
import { signOut, Unreadable } from './api.ts'
import { Live, type View } from './live.ts'
import { NoSite } from './no-site.tsx'
import { SiteView } from './site.tsx'
import { fleetText, Sites } from './sites.tsx'
import { nameOf } from './words.ts'

/** The whole page. It holds no data: it asks the API as any reader does. */
export function App() {
  const [live] = useState(() => new Live(chosenIn(location.hash)))
  const [view, show] = useState(live.view)
  useEffect(() => {
    const again = () => document.visibilityState === 'visible' && void live.refresh()
    const chose = () => live.choose(chosenIn(location.hash))
    document.addEventListener('visibilitychange', again)
    addEventListener('hashchange', chose)
    live.follow(show)
    void live.enter()
    return () => {
      document.removeEventListener('visibilitychange', again)
      removeEventListener('hashchange', chose)
      live.stop()
    }
  }, [live])
  const { error, readAt, fleet, chosen } = view
  const isStale = error !== null && readAt !== ''
  const needsAccess = error instanceof Unreadable && error.needsAccess
  return (
    <>
      <Head view={view} />
      {needsAccess && <Access entered={() => void live.enter()} />}
      <p id="stale" role="alert" hidden={!isStale}>
        {isStale && staleText(error, readAt)}
      </p>
      <main class={isStale ? 'stale' : ''}>
        <Sites
          sites={fleet?.sites ?? []}
          conflicts={conflictsIn(view)}
          chosen={chosen}
          choose={choose}
        />
        <section id="site" aria-live="off">
          <Shown view={view} live={live} />
        </section>
      </main>
    </>
  )
}

/** The site that an address names; empty: none, or no name at all. */
function chosenIn(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1))
  } catch {
    return ''
  }
}

/** Names the site in the address, so that it can be kept and handed on. */
function choose(site: string): void {
  location.hash = encodeURIComponent(site)
}

/** They are asked for together with the chosen site. */
function conflictsIn({ read }: Pick<View, 'read'>): readonly Conflict[] {
  return read?.held.conflicts ?? []
}

function Head({ view: { fleet, session, ...view } }: { readonly view: View }) {
  return (
    <header>
      <h1>
        <svg viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">
          <path
            d="M1 8h3l2-5 4 10 2-5h3"
            fill="none"
            stroke="currentColor"
            stroke-width="1.8"
            stroke-linejoin="round"
            stroke-linecap="round"
          />
        </svg>
        voip-ready
      </h1>
      <p id="fleet" class="quiet">
        {fleet !== null && fleetText(fleet, conflictsIn(view))}
      </p>
      <nav>
        <a href="/docs">API</a>
        <a href="/metrics">Metrics</a>
        <a href="/readyz">Readiness</a>
      </nav>
      {session !== null && session.csrf !== null && <SignOut session={session} />}
      <p id="link" class="quiet" role="status">
        {linkText(view)}
      </p>
    </header>
  )
}

function SignOut({ session }: { readonly session: Session }) {
  const [refused, refuse] = useState('')
  const leave = async () => {
    const why = await signOut(session)
    if (why === null) location.reload()
    else refuse(why)
  }
  return (
    <>
      <button
        id="leave"
        type="button"
        title={`signed in as ${nameOf(session.name)}`}
        onClick={() => void leave()}
      >
        Sign out
      </button>
      {refused !== '' && <p role="alert">You are still signed in: {refused}</p>}
    </>
  )
}

/** Verdicts and ages that stand still must not look like those of now. */
function staleText(error: Error, readAt: string): string {
  const isOut = error instanceof Unreadable && error.needsAccess
  const why = isOut
    ? 'You are not signed in any more'
    : `The collector cannot be read (${error.message})`
  return `${why}. What stands here is as of ${readAt}, and is not brought up to date.`
}

function linkText({ error, isHeld, readAt }: Pick<View, 'error' | 'isHeld' | 'readAt'>): string {
  if (error instanceof Unreadable && error.needsAccess) return ''
  if (error !== null) return `cannot read: ${error.message}`
  if (isHeld) return `as of ${readAt}: not drawn anew while text is selected`
  return readAt === '' ? '' : `updated ${readAt}`
}

function Shown({ view, live }: { readonly view: View; readonly live: Live }) {
  const { error, read, readAt, session, period } = view
  if (readAt === '') return <p class="empty">{waitingText(error)}</p>
  if (read === null) return <NoSite />
  return (
    <SiteView
      key={read.site.site}
      read={read}
      session={session}
      period={period}
      look={(next) => live.look(next)}
      refresh={() => live.refresh()}
    />
  )
}

function waitingText(error: Error | null): string {
  if (error === null) return 'Asking the collector.'
  if (error instanceof Unreadable && error.needsAccess)
    return error.instead || 'Sites are shown here to those who have signed in.'
  return `The collector cannot be read yet: ${error.message}. It is asked again every few seconds.`
}
