import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { originHash } from '../../agent/witness/book.ts'
import { formatAddCheckpoint } from '../../shared/evidence/add-checkpoint.ts'
import { openCheckpoint, parseCheckpoint } from '../../shared/evidence/checkpoint.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { parseNote } from '../../shared/evidence/note.ts'
import { toBase64 } from '../../shared/evidence/octets.ts'
import { parseVkey, type Vkey } from '../../shared/evidence/vkey.ts'
import { newSigner } from '../support/evidence-world.ts'
import { run, start } from '../support/program.ts'
import { SEED } from '../support/seed.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { leaves, ToyLog } from '../support/toy-log.ts'
import { killAtRandom, type Victim } from './kill-at-random.ts'

const ROUNDS = 25
const LOG = newSigner('log.example/1')
const WITHIN_MS = 30_000
/** A slow host cosigns little in a short life: then there are more lives. */
const MOST_TURNS = 4
const LEAST_SIZES = 5

/**
 * A log that cheats: at every size it asks for cosignatures of two continuations at once, while the
 * witness is killed at random instants. Of what the witness ever answered, no size may have two
 * trees, all must be one history, and none may be forgotten by the next life.
 */
test('a witness killed at random instants never cosigns two trees of one size, and forgets none that it cosigned', {
  timeout: 300_000,
}, async () => {
  const world = await begin()
  const { signed } = world
  let stop = false
  const asking = (async () => {
    while (!stop) await world.ask()
  })()
  for (let turn = 0; turn < MOST_TURNS && (turn === 0 || signed.size < LEAST_SIZES); turn++) {
    await killAtRandom(() => world.start(), {
      ...{ rounds: ROUNDS, seed: SEED + turn, lifeMs: [30, 500] },
      afterDeath: () => world.dead(),
    })
  }
  stop = true
  await asking
  const last = await world.start()
  const kept = await world.shown()

  // One tree for each size, and what came last is still known, or what was cosigned after it.
  expect(signed.size).toBeGreaterThanOrEqual(LEAST_SIZES)
  for (const [size, roots] of signed) expect([size, [...roots].length]).toEqual([size, 1])
  const newest = Math.max(...signed.keys())
  expect(kept?.size).toBeGreaterThanOrEqual(newest)
  // All of them are one history: that of the head which is shown now.
  const whole = world.branches().filter((log) => isAt(log, kept))
  expect(whole.length).toBeGreaterThan(0)
  for (const [size, roots] of signed) {
    expect([size, [...roots]]).toEqual([size, [toBase64(whole[0]?.root(size) ?? Buffer.alloc(0))]])
  }
  // Asked for the other tree of that size it refuses, and keeps the request as a proof.
  const size = kept?.size ?? 0
  const other = whole[0]?.fork(size - 1, 'another') ?? world.first
  const refused = await world.post(
    formatAddCheckpoint({ oldSize: size, proof: [], note: other.note() }),
  )
  expect(refused?.status).not.toBe(200)
  expect(readdirSync(world.forks).length).toBeGreaterThan(0)
  last.kill('SIGKILL')
  await last.ended
})

type Head = { readonly size: number; readonly root: string } | null

const isAt = (log: ToyLog, head: Head) =>
  head !== null && log.size >= head.size && toBase64(log.root(head.size)) === head.root

async function begin() {
  const state = temporaryDirectory()
  const first = new ToyLog(LOG, leaves(0, 5))
  writeFileSync(join(state, 'logs.txt'), `log ${first.vkey}\n`)
  const made = await run(['witness', 'keys', '--state', state, '--name', 'acme.example/w1'])
  const client = new Cheat(first, [vkeyOf(first.vkey), vkeyOf(made.out.trim())])
  return {
    ...{ first, forks: join(state, 'forks'), signed: client.signed },
    branches: () => client.branches,
    ask: () => client.ask(),
    shown: () => client.shown(),
    post: (body: string) => client.post(body),
    dead: () => {
      client.url = ''
    },
    start: async (): Promise<Victim> => {
      const args = ['witness', 'run', '--state', state, '--logs', join(state, 'logs.txt')]
      const { child, says, ended } = start(['--json', ...args, '--listen', '127.0.0.1:0'])
      const said = await says(/"url":"[^"]+"/)
      client.url = /"url":"([^"]+)"/.exec(said)?.[1] ?? ''
      const kill = (signal: 'SIGKILL') => child.kill(signal)
      return { kill, ended: ended.then(({ code }) => code) }
    },
  }
}

/** Asks for two continuations of what the witness has, at once, and remembers all that it answers. */
class Cheat {
  url = ''
  /** Roots that were cosigned, by size. */
  readonly signed = new Map<number, Set<string>>()
  readonly branches: ToyLog[] = []
  readonly #known: readonly Vkey[]
  #base: ToyLog
  #turn = 0

  constructor(first: ToyLog, known: readonly Vkey[]) {
    this.#base = first
    this.branches.push(first)
    this.#known = known
  }

  async ask(): Promise<void> {
    this.#turn += 1
    const more = 1 + (this.#turn % 3)
    const rivals = ['a', 'b'].map((name) =>
      this.#base.fork(
        this.#base.size,
        ...leaves(0, more).map((leaf) => `${name} ${this.#turn} ${leaf}`),
      ),
    )
    this.branches.push(...rivals)
    const head = await this.shown()
    if (this.url === '') return pause(5)
    const at = head?.size ?? 0
    // The one that the witness has already, of those that it could have.
    const base = this.branches.findLast((log) => log.size === at && isAt(log, head))
    if (head !== null && base !== undefined && base !== this.#base) {
      this.#base = base
      return
    }
    await Promise.all(rivals.flatMap((log) => [this.#add(log, at), this.#add(log, at)]))
  }

  async #add(log: ToyLog, oldSize: number): Promise<void> {
    const proof = log.proof(oldSize, log.size) ?? []
    const note = log.note()
    const answer = await this.post(formatAddCheckpoint({ oldSize, proof, note }))
    if (answer?.status === 429) return pause(100)
    if (answer?.status !== 200) return
    const opened = openCheckpoint(nodeCrypto, note + answer.text, this.#known)
    if (!opened.ok || opened.value.verified.length < 2) throw new Error('no cosignature')
    const { size, root } = opened.value.checkpoint
    this.signed.set(size, (this.signed.get(size) ?? new Set()).add(toBase64(root)))
  }

  /** What the witness shows to monitors; null: nothing, or it does not answer. */
  async shown(): Promise<Head> {
    const path = `/${originHash(LOG.name)}/checkpoint`
    const answer = await this.#fetch(path, {})
    if (answer?.status !== 200) return null
    const note = parseNote(answer.text)
    const head = note.ok ? parseCheckpoint(note.value.text) : null
    return head?.ok ? { size: head.value.size, root: toBase64(head.value.root) } : null
  }

  post(body: string) {
    return this.#fetch('/add-checkpoint', { method: 'POST', body })
  }

  async #fetch(path: string, init: RequestInit) {
    if (this.url === '') return null
    try {
      const signal = AbortSignal.timeout(WITHIN_MS)
      const answer = await fetch(`${this.url}${path}`, { ...init, signal })
      return { status: answer.status, text: await answer.text() }
    } catch {
      return null
    }
  }
}

function vkeyOf(text: string): Vkey {
  const key = parseVkey(nodeCrypto, text)
  if (!key.ok) throw new Error(key.error)
  return key.value
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
