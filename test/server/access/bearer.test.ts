import { expect, test } from 'vitest'
import { Bearers, newSecret } from '../../../server/access/bearer.ts'
import { makeGuard } from '../../../server/access/guard.ts'
import { KnownAccess } from '../../../server/access/known.ts'
import { Problem, problemBody } from '../../../server/problem.ts'
import type { ApiToken } from '../../../server/store/access/revision.ts'

const NOW = Date.UTC(2026, 2, 2, 10)

/** A viewer's token of the store. */
function viewer(change: Partial<ApiToken> = {}) {
  const { id, secretSha256, written } = newSecret()
  const token = {
    ...{ id, secretSha256, role: 'viewer', name: 'noc', customer: null, site: null, agent: null },
    ...{ addedMs: 0, expiresMs: null, revokedMs: null, lastUsedMs: null, ...change },
  } as ApiToken
  return { token, written }
}

/** A book with one token; a clock that says when it was looked at last. */
function knownOf(token: ApiToken, monotonicMs: () => number, looked = () => {}) {
  const changes = { revision: 1, sites: [], keys: [], tokens: [token] }
  const revision = async () => {
    looked()
    return 1
  }
  return new KnownAccess({ revision, changesSince: async () => changes } as never, monotonicMs)
}

const NO_FILE = { tokens: () => new Map() }
const ACCESS = { noteUse: async () => undefined } as never

/** What a header of that token proves, and what is said where it proves nothing. */
async function asked(change: Partial<ApiToken>, forge = (written: string) => written) {
  const { token, written } = viewer(change)
  const bearers = new Bearers(
    NO_FILE,
    knownOf(token, () => performance.now()),
    ACCESS,
  )
  const found = await bearers.prove(`Bearer ${forge(written)}`, NOW)
  if (!(found instanceof Problem)) return { proven: found }
  const body = problemBody(found, 'r')
  return { proven: null, body, type: body.type.split(':').at(-1) }
}

/** The same token with another secret, or another id. */
const otherSecret = (written: string) =>
  `${written.slice(0, -2)}${written.endsWith('AA') ? 'BB' : 'AA'}`
const otherId = (written: string) =>
  written.replace(/^vr_./, (head) => (head === 'vr_0' ? 'vr_1' : 'vr_0'))

test('who brings the whole token is told why it no longer holds, and what to do', async () => {
  expect((await asked({})).proven).toMatchObject({ role: 'viewer', name: 'noc' })
  const expired = await asked({ expiresMs: NOW - 1000 })
  expect([expired.proven, expired.type]).toEqual([null, 'token-expired'])
  expect(expired.body?.detail).toContain('found one that expired at 2026-03-02T09:59:59.000Z')
  expect(expired.body?.repair).toContain('voip-ready collector tokens add')
  const revoked = await asked({ revokedMs: NOW - 2000 })
  expect([revoked.proven, revoked.type]).toEqual([null, 'token-revoked'])
  expect(revoked.body?.repair).toContain('voip-ready collector audit')
})

test('who does not is told the same of each id: whether it exists, has expired or was taken back stays ours', async () => {
  const said = [
    await asked({}, otherSecret),
    await asked({}, otherId),
    await asked({ expiresMs: NOW - 1 }, otherSecret),
    await asked({ revokedMs: NOW - 1 }, otherSecret),
    await asked({ revokedMs: NOW - 1 }, otherId),
  ]
  expect(said.map(({ proven }) => proven)).toEqual(said.map(() => null))
  expect(new Set(said.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  expect(said[0]?.body).toMatchObject({ status: 401, title: 'This token is not known here' })
  expect(said[0]?.body?.repair).toContain('voip-ready collector tokens list')
})

test('what is no token at all is told apart from one that is not known', async () => {
  const { body, type } = await asked({}, () => 'hunter2')
  expect([type, body?.detail]).toEqual([
    'unauthorized',
    'header Authorization: wanted Bearer <token>, found something that is no token',
  ])
})

const OPEN_TO_TOKENS = { readAccess: 'token', listenHost: '127.0.0.1', book: NO_FILE } as const

test.each([
  ['an administrator is wanted', 'requireAdmin'],
  ['a reader is wanted', 'requireReader'],
  ['an agent is wanted', 'requireAgent'],
] as const)('a refused token is looked up once: %s', async (_what, guarded) => {
  const { token, written } = viewer({ revokedMs: NOW - 2000 })
  let clockMs = 0
  let looks = 0
  // Each look at the clock is two seconds after the one before, so that nothing is remembered.
  const clock = () => {
    clockMs += 2000
    return clockMs
  }
  const known = knownOf(token, clock, () => {
    looks += 1
  })
  const guard = makeGuard({ ...OPEN_TO_TOKENS, known, access: ACCESS, nowMs: () => NOW })
  const request = { headers: { authorization: `Bearer ${written}` } } as never
  await expect(guard[guarded](request)).rejects.toMatchObject({ code: 'token-revoked' })
  expect(looks).toBe(1)
})
