import { describe, expect, test } from 'vitest'
import { KnownAccess } from '../../../server/access/known.ts'
import { uuid7 } from '../../../server/access/uuid7.ts'
import type { AuditEntry } from '../../../server/store/access/audit.ts'
import type { Store } from '../../../server/store/store.ts'
import { START } from '../support/fixtures.ts'

const DAY = 86_400_000
const audit = (action = 'test.act', site: string | null = 'leeds', atMs = START): AuditEntry => ({
  ...{ id: uuid7(atMs), atMs, actor: 'console:test', action, site, detail: { n: 1 } },
})
const key = (byte: number) => ({
  keyId: `${byte}`.repeat(16),
  publicKey: new Uint8Array(32).fill(byte),
})
const saying = (ref: string) => ({
  ...{ site: 'leeds', ref, kind: 'revoke', about: 'leeds-1', atMs: START, turn: 1 },
  ...{ leaf: new Uint8Array(32).fill(1), body: new Uint8Array(1) },
})
const enrolToken = (id: string) => ({
  ...{
    id,
    secretSha256: 'a'.repeat(64),
    site: 'leeds',
    agent: 'leeds-1',
    createdBy: 'console:test',
  },
  ...{ createdMs: START, expiresMs: START + DAY },
})
const enrolment = (tokenId: string, byte: number) => ({
  ...{ tokenId, secretSha256: 'a'.repeat(64), site: null, agent: null, ...key(byte) },
  ...{ nowMs: START + 1, expiresMs: START + 180 * DAY, auditId: uuid7(START + 1) },
})

/** What the book of access must do on every database. `open` gives an empty store. */
export function accessContract(name: string, open: () => Promise<Store>): void {
  describe(`access contract: ${name}`, () => {
    test('a one-time token is used by one of many, and its call may be repeated', async () => {
      const { access } = await open()
      await access.addEnrolToken(enrolToken('t1'), 'Acme', audit())
      await access.addEnrolToken(enrolToken('t1'), 'Acme', audit())
      const tries = [1, 2, 3, 4, 5, 6].map((byte) => access.enrol(enrolment('t1', byte)))
      const outcomes = (await Promise.all(tries)).map(({ outcome }) => outcome)
      expect(outcomes.filter((one) => one === 'enrolled')).toHaveLength(1)
      expect(outcomes.filter((one) => one === 'used')).toHaveLength(5)
      const winner = outcomes.indexOf('enrolled') + 1
      expect((await access.enrol(enrolment('t1', winner))).outcome).toBe('repeated')
    })

    test('keys rotate once, from the active one only, and are taken back', async () => {
      const { access, ledger } = await open()
      await access.addEnrolToken(enrolToken('t1'), null, audit())
      await access.enrol(enrolment('t1', 1))
      const who = { site: 'leeds', agent: 'leeds-1', nowMs: START + 2, expiresMs: START + DAY }
      const rotate = (from: number, to: number) =>
        access.rotateKey({ ...who, ...key(to), previousKeyId: key(from).keyId }, audit())
      expect((await Promise.all([rotate(1, 2), rotate(1, 2)])).sort()).toEqual([
        ...['repeated', 'rotated'],
      ])
      expect(await rotate(1, 2)).toBe('repeated')
      expect(await rotate(1, 3)).toBe('not-active')
      const keys = [key(1), key(2), key(3)].map(({ keyId: id }) => ({ id, entry: saying(id) }))
      const all = { site: 'leeds', agent: 'leeds-1', keys }
      expect((await access.revokeKeys(all, START + 3, audit())).sort()).toEqual([
        ...[key(1).keyId, key(2).keyId],
      ])
      expect(await access.revokeKeys(all, START + 3, audit())).toEqual([])
      // The log says it of those that were taken back.
      expect((await ledger.unsequenced()).count).toBe(2)
      const { keys: after } = await access.changesSince(-1)
      expect(after.map(({ state }) => state)).toEqual(['revoked', 'revoked'])
      expect(after.find(({ keyId }) => keyId === key(1).keyId)?.publicKey).toEqual(key(1).publicKey)
    })

    test('who follows revisions knows what every other one changed', async () => {
      const { access } = await open()
      let nowMs = 0
      const known = await new KnownAccess(access, () => nowMs).fresh()
      const entry = { site: 'leeds', customer: 'Acme', labels: { region: 'north' }, addedMs: START }
      await access.putSite(entry, audit())
      expect((await known.fresh()).site('leeds')).toBeNull()
      nowMs += 1001
      expect((await known.fresh()).site('leeds')).toEqual(entry)
      await access.putSite({ ...entry, customer: null, labels: {} }, audit())
      known.forget()
      expect((await known.fresh()).site('leeds')?.customer).toBeNull()
    })

    test('many changes at once lose none of their revisions', async () => {
      const { access } = await open()
      const names = Array.from({ length: 12 }, (_, n) => `site-${n}`)
      await Promise.all(
        names.map((site) =>
          access.putSite({ site, customer: null, labels: {}, addedMs: START }, audit()),
        ),
      )
      expect(await access.revision()).toBe(names.length)
      expect((await access.changesSince(-1)).sites).toHaveLength(names.length)
      expect((await access.changesSince(names.length)).sites).toEqual([])
    })

    test('tokens are kept, used, and taken back', async () => {
      const { access } = await open()
      const token = {
        ...{
          id: 'b'.repeat(16),
          secretSha256: 'c'.repeat(64),
          name: 'noc',
          role: 'viewer' as const,
        },
        ...{ customer: 'Acme', site: null, agent: null, addedMs: START, expiresMs: null },
      }
      await access.addToken(token, audit())
      await access.noteUse([{ id: token.id, atMs: START + 5 }])
      await access.noteUse([{ id: token.id, atMs: START + 4 }])
      const [kept] = (await access.changesSince(-1)).tokens
      expect(kept).toEqual({ ...token, lastUsedMs: START + 5, revokedMs: null })
      expect(await access.revokeToken(token.id, START + 6, audit())).toBe(true)
      expect(await access.revokeToken(token.id, START + 7, audit())).toBe(false)
    })

    test('accounts and sessions: added once, ended by a change of the account', async () => {
      const { access } = await open()
      const anna = {
        ...{ name: 'anna', password: 'scrypt$x', role: 'admin' as const, customer: null },
        ...{ disabled: false, addedMs: START },
      }
      expect(await access.addUser(anna, audit())).toBe(true)
      expect(await access.addUser(anna, audit())).toBe(true)
      expect(await access.addUser({ ...anna, password: 'other' }, audit())).toBe(false)
      const session = {
        ...{ idSha256: 'd'.repeat(64), account: 'anna', csrf: 'x', createdMs: START },
        ...{ seenMs: START, expiresMs: START + DAY },
      }
      await access.beginSession(session, ['account:anna'], audit())
      await access.touchSession(session.idSha256, START + 9)
      expect(await access.findSession(session.idSha256)).toEqual({
        ...{ ...session, seenMs: START + 9, role: 'admin', customer: null },
      })
      expect(await access.changeUser('anna', { disabled: true }, audit())).toBe(true)
      expect(await access.findSession(session.idSha256)).toBeNull()
      expect(await access.changeUser('nobody', { disabled: true }, audit())).toBe(false)
    })

    test('attempts to sign in are counted before they are made, however many at once', async () => {
      const { access } = await open()
      const limit = [{ subject: 'account:anna', failures: 5 }]
      const turns = await Promise.all(
        Array.from({ length: 9 }, () => access.takeLoginTurn(limit, START, 900_000)),
      )
      expect(turns.filter((until) => until === null)).toHaveLength(5)
      expect(await access.takeLoginTurn(limit, START + 900_001, 900_000)).toBeNull()
    })

    test('an address that must wait adds no names, and so holds no account up', async () => {
      const { access } = await open()
      const from = { subject: 'address:192.0.2.1', failures: 2 }
      const tries = ['account:a', 'account:b', 'account:anna', 'account:anna', 'account:anna']
      const turns: (number | null)[] = []
      for (const subject of tries)
        turns.push(await access.takeLoginTurn([{ subject, failures: 2 }, from], START, 900_000))
      expect(turns).toEqual([null, null, ...[1, 2, 3].map(() => START + 900_000)])
      const anna = [{ subject: 'account:anna', failures: 1 }]
      expect(await access.takeLoginTurn(anna, START, 900_000)).toBeNull()
    })

    test('attempts that hold nobody up are forgotten, and of strangers all but the newest', async () => {
      const { access } = await open()
      const anna = { name: 'anna', password: 'x', role: 'admin' as const, customer: null }
      await access.addUser({ ...anna, disabled: false, addedMs: START }, audit())
      const fail = (subject: string, atMs: number, failures = 5) =>
        access.takeLoginTurn([{ subject, failures }], atMs, 900_000)
      const remembers = async (subject: string) =>
        (await access.takeLoginTurn([{ subject, failures: 1 }], START, 10 * DAY)) !== null
      await fail('account:anna', START - 899_000)
      for (let n = 0; n < 4; n++) await fail(`account:made-up-${n}`, START - 800_000 + n)
      await fail('address:192.0.2.1', START - 900_001)
      await fail('address:192.0.2.2', START - 900_000, 1)
      await access.forgetLoginTurns(START, 900_000, 2)
      const subjects = ['account:anna', ...[0, 1, 2, 3].map((n) => `account:made-up-${n}`)]
      const kept = await Promise.all(
        [...subjects, 'address:192.0.2.1', 'address:192.0.2.2'].map(remembers),
      )
      expect(kept).toEqual([true, false, false, true, true, false, false])
    })

    test('the audit is read newest first, a page at a time, each act once', async () => {
      const { access } = await open()
      const acts = [1, 2, 3].map((n) => audit(`act.${n}`, n === 2 ? 'york' : 'leeds', START + n))
      for (const act of [...acts, ...acts]) await access.writeAudit(act)
      const all = await access.readAudit({ site: null, before: null, limit: 2 })
      expect(all).toEqual([acts[2], acts[1]])
      const older = await access.readAudit({ site: 'leeds', before: all[1]?.id ?? null, limit: 2 })
      expect(older).toEqual([acts[0]])
      const [first = audit()] = acts
      for (const times of [1, 2]) await access.countAudit({ ...first, detail: { times } })
      const counted = await access.readAudit({ site: 'leeds', before: null, limit: 9 })
      expect(counted).toEqual([acts[2], { ...first, detail: { times: 2 } }])
    })
  })
}
