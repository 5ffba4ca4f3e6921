import { useState } from 'preact/hooks'
import { keepBearer, signIn } from './api.ts'

/** Where nobody may read without: a sign-in, or a token for this tab. */
export function Access({ entered }: { readonly entered: () => void }) {
  return (
    <>
      <SignIn entered={entered} />
      <Bearer entered={entered} />
    </>
  )
}

function SignIn({ entered }: { readonly entered: () => void }) {
  const [refused, tell] = useState('')
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget
    if (!(form instanceof HTMLFormElement)) return
    const given = new FormData(form)
    keepBearer(null)
    const why = await signIn(textOf(given, 'name').trim(), textOf(given, 'password'))
    const typed = form.elements.namedItem('password')
    if (typed instanceof HTMLInputElement) typed.value = ''
    tell(why ?? '')
    entered()
  }
  return (
    <form id="access" onSubmit={submit}>
      <p id="refused" role="alert">
        {refused}
      </p>
      <label for="name">
        Sign in to read here (accounts: <code>voip-ready collector users add NAME</code>)
      </label>
      <input id="name" name="name" autocomplete="username" placeholder="name" required />
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="current-password"
        aria-label="password"
        placeholder="password"
        required
      />
      <button type="submit">Sign in</button>
    </form>
  )
}

function Bearer({ entered }: { readonly entered: () => void }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget
    if (!(form instanceof HTMLFormElement)) return
    keepBearer(textOf(new FormData(form), 'token').trim())
    entered()
  }
  return (
    <form id="bearer" onSubmit={submit}>
      <label for="token">
        or read with a token (<code>voip-ready collector tokens add --viewer NAME</code>)
      </label>
      <input
        id="token"
        name="token"
        type="password"
        autocomplete="off"
        placeholder="vr_…"
        required
      />
      <button type="submit">Read</button>
    </form>
  )
}

function textOf(given: FormData, name: string): string {
  const value = given.get(name)
  return typeof value === 'string' ? value : ''
}
