import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'
import { addUser, changeUser, findUser, users } from './accounts.ts'
import { countAudit, readAudit, writeAudit } from './audit.ts'
import { addEnrolToken, enrol, enrolTokens, revokeKeys, rotateKey } from './keys.ts'
import { changesSince, revisionOf } from './revision.ts'
import {
  beginSession,
  endSession,
  findSession,
  forgetLoginTurns,
  takeLoginTurn,
  touchSession,
} from './sessions.ts'
import { addToken, noteUse, putSite, revokeToken } from './tokens.ts'

/** Every query of the book, the database first; the store binds it. */
const METHODS = {
  revision: revisionOf,
  changesSince,
  putSite,
  addEnrolToken,
  enrolTokens,
  enrol,
  rotateKey,
  revokeKeys,
  addToken,
  revokeToken,
  noteUse,
  addUser,
  changeUser,
  findUser,
  users,
  takeLoginTurn,
  forgetLoginTurns,
  beginSession,
  findSession,
  touchSession,
  endSession,
  writeAudit,
  countAudit,
  readAudit,
} as const

type Rest<F> = F extends (db: Kysely<Tables>, ...rest: infer R) => infer A
  ? (...rest: R) => A
  : never
/** Sites and their customers, agents' keys, users, tokens, sessions, audit; see each query's file. */
export type AccessBook = { readonly [K in keyof typeof METHODS]: Rest<(typeof METHODS)[K]> }

export function accessBook(db: Kysely<Tables>): AccessBook {
  const bound = Object.entries(METHODS).map(([name, method]) => [
    name,
    (method as (...args: readonly unknown[]) => unknown).bind(null, db),
  ])
  return Object.fromEntries(bound) as AccessBook
}

/** Methods that only read: a second connection may serve them. */
export const ACCESS_READS: readonly (keyof AccessBook)[] = [
  'revision',
  'changesSince',
  'enrolTokens',
  'findUser',
  'users',
  'findSession',
  'readAudit',
]
