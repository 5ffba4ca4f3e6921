import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { type Link, sha256 } from '../../../agent/uplink/chain.ts'
import { openEnvelope } from '../../../agent/uplink/envelope.ts'
import { Spool } from '../../../agent/uplink/spool.ts'
import { writeDurably } from '../../../shared/disk/durable.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

const MINUTE = 60_000
const ROOMY = { maxBytes: 1e9, maxDays: 1000 }
const windowAt = (minute: number) => ({ from: minute * MINUTE, to: (minute + 1) * MINUTE })
const payloadOf = (link: Link) => Buffer.from(JSON.stringify(link))

function open(directory: string, limits = ROOMY, write = writeDurably): Spool {
  const spool = new Spool(directory, limits, randomUUID(), write)
  onTestFinished(() => spool.close())
  return spool
}

function linksIn(spool: Spool): Link[] {
  return spool.pending.map((name) => linkOf(spool, name).link)
}

function linkOf(spool: Spool, name: string): { link: Link; hash: string } {
  const payload = openEnvelope(spool.read(name)?.bytes ?? Buffer.alloc(0))
  if (!payload.ok) throw new Error(`no payload in ${name}`)
  return {
    link: JSON.parse(Buffer.from(payload.value).toString()) as Link,
    hash: sha256(payload.value),
  }
}

test('the first record of an agent has no previous; each further one names the hash of the one before', () => {
  const spool = open(temporaryDirectory())
  for (const minute of [1, 2, 3]) spool.append(windowAt(minute), payloadOf)

  const records = spool.pending.map((name) => linkOf(spool, name))
  expect(records.map(({ link }) => link.sequence)).toEqual([1, 2, 3])
  expect(records.map(({ link }) => link.previous)).toEqual([
    null,
    records[0]?.hash,
    records[1]?.hash,
  ])
})

test('a restart goes on with the chain under a new boot, also when everything was delivered', () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  first.append(windowAt(1), payloadOf)
  const name = first.pending[0] ?? ''
  const { link, hash } = linkOf(first, name)
  first.delivered(name)
  first.close()

  const second = open(directory)
  second.append(windowAt(2), payloadOf)
  const [after] = linksIn(second)
  expect(after?.previous).toBe(hash)
  expect(after?.sequence).toBe(1)
  expect(after?.boot).not.toBe(link.boot)
})

test('a crash between the record and the head leaves the chain whole', () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  first.append(windowAt(1), payloadOf)
  const before = readFileSync(join(directory, 'head.json'))
  first.append(windowAt(2), payloadOf)
  const newest = linkOf(first, first.pending[1] ?? '')
  first.close()
  writeFileSync(join(directory, 'head.json'), before)

  const second = open(directory)
  second.append(windowAt(3), payloadOf)
  expect(linksIn(second)[2]?.previous).toBe(newest.hash)
  expect(new Set(second.pending).size).toBe(3)
})

test('unfinished files are no records; empty ones are set aside and named', () => {
  const directory = temporaryDirectory()
  open(directory).close()
  const pending = join(directory, 'pending')
  writeFileSync(join(pending, '.tmp-000000000007-60000.json'), '{"payl')
  writeFileSync(join(pending, '000000000003-60000.json'), '')

  const spool = open(directory)
  expect(spool.pending).toEqual([])
  expect(spool.damaged).toEqual(['000000000003-60000.json'])
  expect(readdirSync(pending)).toEqual([])
  expect(existsSync(join(directory, 'damaged', '000000000003-60000.json'))).toBe(true)
})

test('a record that was cut short is set aside when it is read, and is not sent', () => {
  const directory = temporaryDirectory()
  const spool = open(directory)
  spool.append(windowAt(1), payloadOf)
  const name = spool.pending[0] ?? ''
  truncateSync(join(directory, 'pending', name), 20)

  expect(spool.read(name)).toBeUndefined()
  expect(spool.pending).toEqual([])
  expect(readdirSync(join(directory, 'damaged'))).toEqual([name])
})

test('a full spool keeps what waits longest and tells of what it dropped in the next record', () => {
  const spool = open(temporaryDirectory(), { maxBytes: 700, maxDays: 1000 })
  let minute = 1
  while (spool.append(windowAt(minute), payloadOf).ok) minute++
  const kept = [...spool.pending]
  expect(kept.length).toBeGreaterThan(0)
  spool.append(windowAt(minute + 1), payloadOf)
  expect(spool.pending).toEqual(kept)

  spool.delivered(kept[0] ?? '')
  spool.append(windowAt(minute + 2), payloadOf)
  const newest = linksIn(spool).at(-1)
  expect(newest?.dropped).toEqual({
    windows: 2,
    from: minute * MINUTE,
    to: (minute + 2) * MINUTE,
    cause: 'spool-full',
  })
  expect(newest?.sequence).toBe(kept.length + 1)
})

test('a spool that spans its days takes nothing newer until the oldest is delivered', () => {
  const spool = open(temporaryDirectory(), { maxBytes: 1e9, maxDays: 1 })
  spool.append(windowAt(0), payloadOf)
  expect(spool.append(windowAt(1440), payloadOf).ok).toBe(true)
  expect(spool.append(windowAt(1441), payloadOf).ok).toBe(false)
  spool.delivered(spool.pending[0] ?? '')
  expect(spool.append(windowAt(1442), payloadOf).ok).toBe(true)
})

test('a disk that fails drops the window, moves no sequence, and says so afterwards', () => {
  let full = false
  const spool = open(temporaryDirectory(), ROOMY, (directory, name, bytes) => {
    if (full) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    writeDurably(directory, name, bytes)
  })
  spool.append(windowAt(1), payloadOf)
  full = true
  expect(spool.append(windowAt(2), payloadOf).ok).toBe(false)
  full = false
  spool.append(windowAt(3), payloadOf)

  const links = linksIn(spool)
  expect(links.map((link) => link.sequence)).toEqual([1, 2])
  expect(links[1]?.dropped).toMatchObject({ windows: 1, cause: 'disk-error', from: 2 * MINUTE })
})

test('two agents cannot share a spool; a lock whose holder is gone is taken over', () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  expect(() => new Spool(directory, ROOMY, randomUUID())).toThrow(/in use by process \d+/)
  first.close()
  writeFileSync(join(directory, 'lock'), `${process.pid} 1`)
  expect(() => open(directory)).not.toThrow()
})

type Step = 'append' | 'deliver' | 'restart' | 'fail' | 'mend'

/** A spool on a disk that can fail, and what an outside witness has seen of it. */
class Witnessed {
  readonly directory = temporaryDirectory()
  readonly waiting: string[] = []
  readonly seen: { link: Link; hash: string }[] = []
  failing = false
  spool = this.open()

  readonly steps: { readonly [S in Step]: (minute: number) => void } = {
    append: (minute) => {
      const kept = this.spool.append(windowAt(minute), payloadOf)
      if (!kept.ok) return
      this.waiting.push(kept.value)
      this.seen.push(linkOf(this.spool, kept.value))
    },
    deliver: () => {
      const name = this.spool.pending[0]
      if (name === undefined) return
      try {
        this.spool.delivered(name)
        this.waiting.splice(this.waiting.indexOf(name), 1)
      } catch {
        // A head that cannot be stored keeps the newest record: it is delivered again later.
        expect(this.failing).toBe(true)
      }
    },
    restart: () => {
      this.spool.close()
      this.spool = this.open()
    },
    fail: () => {
      this.failing = true
    },
    mend: () => {
      this.failing = false
    },
  }

  open(): Spool {
    return new Spool(this.directory, ROOMY, randomUUID(), (...args) => {
      if (this.failing) throw new Error('disk')
      writeDurably(...args)
    })
  }
}

test('whatever happens in whatever order: nothing lost, nothing reused, the chain unbroken', () => {
  const step = fc.constantFrom<Step>('append', 'deliver', 'restart', 'fail', 'mend')
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const it = new Witnessed()
      steps.forEach((name, minute) => {
        it.steps[name](minute)
      })
      it.spool.close()
      expect(it.spool.pending).toEqual(it.waiting)
      const ids = it.seen.map(({ link }) => `${link.boot} ${link.sequence}`)
      expect(new Set(ids).size).toBe(ids.length)
      const hashes = [null, ...it.seen.map(({ hash }) => hash)]
      expect(it.seen.map(({ link }) => link.previous)).toEqual(hashes.slice(0, it.seen.length))
    }),
    { numRuns: 40 },
  )
})
