import { expect, test } from 'vitest'
import { Bearers, newSecret } from '../../../server/access/bearer.ts'
import { KnownAccess } from '../../../server/access/known.ts'
import { problemBody } from '../../../server/problem.ts'
import type { ApiToken } from '../../../server/store/access/revision.ts'

const NOW = Date.UTC(2026, 2, 2, 10)

/** A book with one viewer's token of the store; what a header proves there, and what is said where it does not. */
async function asked(change: Partial<ApiToken>, forge = (written: string) => written) {
  const { id, secretSha256, written } = newSecret()
  const token = {
    ...{ id, secretSha256, role: 'viewer', name: 'noc', customer: null, site: null, agent: null },
    ...{ addedMs: 0, expiresMs: null, revokedMs: null, lastUsedMs: null, ...change },
  } as ApiToken
  const changes = { revision: 1, sites: [], keys: [], tokens: [token] }
  const book = { revision: async () => 1, changesSince: async () => changes }
  const noteUse = async () => undefined
  const known = new KnownAccess(book as never, () => performance.now())
  const bearers = new Bearers({ tokens: () => new Map() }, known, { noteUse } as never)
  const header = `Bearer ${forge(written)}`
  const proven = await bearers.prove(header, NOW)
  const body = problemBody(await bearers.refusal(header, NOW), 'r')
  return { proven, body, type: body.type.split(':').at(-1) }
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
  expect(expired.body.detail).toContain('found one that expired at 2026-03-02T09:59:59.000Z')
  expect(expired.body.repair).toContain('voip-ready collector tokens add')
  const revoked = await asked({ revokedMs: NOW - 2000 })
  expect([revoked.proven, revoked.type]).toEqual([null, 'token-revoked'])
  expect(revoked.body.repair).toContain('voip-ready collector audit')
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
  expect(said[0]?.body.repair).toContain('voip-ready collector tokens list')
})

test('what is no token at all is told apart from one that is not known', async () => {
  const { body, type } = await asked({}, () => 'hunter2')
  expect([type, body.detail]).toEqual([
    'unauthorized',
    'header Authorization: wanted Bearer <token>, found something that is no token',
  ])
})
