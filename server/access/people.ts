import { randomBytes } from 'node:crypto'
import { Problem, problem } from '../problem.ts'
import { type AccessDesk, auditOf } from './desk.ts'
import { hashPassword, passwordsAreBusy, verifyPassword } from './password.ts'
import type { RefusedSignIns } from './refused-sign-ins.ts'
import { digestOf, LONGEST_SESSION_MS } from './sessions.ts'
import { sourceOf } from './source.ts'

/** Wrong passwords in a row before an account, or an address, must wait; and how long. */
const ACCOUNT_FAILURES = 5
const ADDRESS_FAILURES = 20
export const BLOCK_MS = 15 * 60_000

export interface NewUser {
  readonly name: string
  readonly password: string
  readonly role: 'admin' | 'viewer'
  readonly customer: string | null
}

/** @throws Problem name-taken; schema for an administrator of one customer */
export async function addUser(desk: AccessDesk, user: NewUser, by: string): Promise<void> {
  const { name, role, customer } = user
  if (role === 'admin' && customer !== null) {
    throw problem('schema', { where: 'customer', wanted: 'none: only viewers have one' })
  }
  const password = await hashPassword(user.password)
  const audit = auditOf(desk, by, 'user.add', null, { name, role, customer })
  const row = { name, password, role, customer, disabled: false, addedMs: desk.nowMs() }
  if (!(await desk.book.addUser(row, audit))) throw problem('name-taken', { found: name })
}

/** Sets a password, or shuts or opens an account; its sessions end at once. @throws Problem unknown-user */
export async function changeUser(
  desk: AccessDesk,
  name: string,
  change: { readonly password: string } | { readonly disabled: boolean },
  by: string,
): Promise<void> {
  const action =
    'password' in change ? 'user.passwd' : change.disabled ? 'user.disable' : 'user.enable'
  const row = 'password' in change ? { password: await hashPassword(change.password) } : change
  const audit = auditOf(desk, by, action, null, { name })
  if (!(await desk.book.changeUser(name, row, audit))) {
    throw problem('unknown-user', { found: name })
  }
}

export interface SignedIn {
  /** For the cookie; only its digest is kept. */
  readonly id: string
  readonly csrf: string
  readonly name: string
  readonly role: 'admin' | 'viewer'
  readonly customer: string | null
}

/**
 * Begins a session for who knows the password. Attempts are counted before they are looked at, by
 * account and by address, and unknown names take as long as known ones.
 *
 * @throws Problem login-failed, login-blocked (with Retry-After), overload
 */
export async function signIn(
  desk: AccessDesk,
  refused: RefusedSignIns,
  who: { readonly name: string; readonly password: string; readonly address: string },
): Promise<SignedIn> {
  if (passwordsAreBusy()) throw new Problem('overload', {}, 2)
  const nowMs = desk.nowMs()
  const account = { subject: `account:${who.name}`, failures: ACCOUNT_FAILURES }
  const address = { subject: `address:${sourceOf(who.address)}`, failures: ADDRESS_FAILURES }
  const until = await desk.book.takeLoginTurn([account, address], nowMs, BLOCK_MS)
  if (until !== null) {
    throw new Problem('login-blocked', {}, Math.max(1, Math.ceil((until - nowMs) / 1000)))
  }
  const user = await desk.book.findUser(who.name)
  const right = await verifyPassword(who.password, user?.password ?? null)
  if (!right || user === null || user.disabled) {
    await refused.note(who.name, who.address)
    throw problem('login-failed', {})
  }
  const id = randomBytes(32).toString('base64url')
  const csrf = randomBytes(32).toString('base64url')
  const { name, role, customer } = user
  await desk.book.beginSession(
    {
      ...{ idSha256: digestOf(id), account: name, csrf, createdMs: nowMs, seenMs: nowMs },
      expiresMs: nowMs + LONGEST_SESSION_MS,
    },
    [account.subject, address.subject],
    auditOf(desk, `user:${name}`, 'session.begin', null, { address: who.address }),
  )
  return { id, csrf, name, role, customer }
}
