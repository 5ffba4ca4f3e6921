import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { originHash, WitnessBook } from '../../../agent/witness/book.ts'
import { readKnownLogs } from '../../../agent/witness/known-logs.ts'
import { serveWitness } from '../../../agent/witness/serve.ts'
import { makeWitnessKey, readWitnessKey } from '../../../agent/witness/witness-key.ts'
import { formatAddCheckpoint } from '../../../shared/evidence/add-checkpoint.ts'
import { openCheckpoint } from '../../../shared/evidence/checkpoint.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { parseVkey, type Vkey } from '../../../shared/evidence/vkey.ts'
import { newSigner } from '../../support/evidence-world.ts'
import { run, start } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { leaves, ToyLog } from '../../support/toy-log.ts'

const NAME = 'witness.acme.example/w1'
const NOW = Date.UTC(2026, 10, 23, 8)

const vkeyOf = (text: string): Vkey => {
  const key = parseVkey(nodeCrypto, text)
  if (!key.ok) throw new Error(key.error)
  return key.value
}

/** A witness of one log over real HTTP, in a folder that outlives it. */
async function witnessing(log: ToyLog, state = temporaryDirectory()) {
  const { vkey, signer } = makeWitnessKey(state, NAME)
  writeFileSync(join(state, 'logs.txt'), `# ours\nlog ${log.vkey} https://log.example\n`)
  const keysOf = readKnownLogs(join(state, 'logs.txt'))
  const book = new WitnessBook(state, vkeyOf(vkey), keysOf)
  const said: string[] = []
  const put = (level: string) => (message: string) => void said.push(`${level} ${message}`)
  const log_ = { info: put('info'), warn: put('warn'), error: put('error') }
  const parts = { signer, book, keysOf, log: log_, nowMs: () => NOW }
  const running = await serveWitness(parts, { host: '127.0.0.1', port: 0 })
  onTestFinished(running.stop)
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${running.url}${path}`, init)
    const type = answer.headers.get('content-type')
    return { status: answer.status, type, text: await answer.text() }
  }
  const add = (oldSize: number, size: number, from = log) => {
    const proof = from.proof(oldSize, size) ?? []
    const body = formatAddCheckpoint({ oldSize, proof, note: from.note(size) })
    return ask('/add-checkpoint', { method: 'POST', body })
  }
  return { ...{ ask, add, state, book, said }, vkey: vkeyOf(vkey) }
}

const toyLog = () => new ToyLog(newSigner('log.example/1'), leaves(0, 40))

test('the key that is there is printed without saying its name again; none is a wrong usage', async () => {
  const state = join(temporaryDirectory(), 'witness')
  const none = await run(['witness', 'keys', '--state', state])
  expect(none.code).toBe(3)
  expect(none.err).toContain('found no such file; make a key first')
  const made = await run(['witness', 'keys', '--state', state, '--name', NAME])
  expect(await run(['witness', 'keys', '--state', state])).toEqual(made)
})

test('what it answers is a cosignature that opens the checkpoint, and monitors get the same', async () => {
  const log = toyLog()
  const { add, ask, vkey } = await witnessing(log)
  const path = `/${originHash(log.signer.name)}/checkpoint`
  expect((await ask(path)).status).toBe(404)
  const first = await add(0, 10)
  expect(first).toMatchObject({ status: 200, type: expect.stringContaining('text/plain') })
  const opened = openCheckpoint(nodeCrypto, log.note(10) + first.text, [vkeyOf(log.vkey), vkey])
  expect(opened.ok && opened.value.verified.map(({ seconds }) => seconds)).toEqual([
    null,
    NOW / 1000,
  ])
  expect((await ask(path)).text).toBe(log.note(10) + first.text)
  expect(await add(0, 20)).toEqual({ status: 409, type: 'text/x.tlog.size', text: '10\n' })
  expect((await add(10, 20)).status).toBe(200)
  expect((await add(20, 20)).status).toBe(200)
})

test('offered a fork or a shorter log it cosigns nothing, before and after a restart', async () => {
  const log = toyLog()
  const first = await witnessing(log)
  await first.add(0, 20)
  const forked = log.fork(5, ...leaves(50, 80))
  const check = async ({ add, ask }: Awaited<ReturnType<typeof witnessing>>) => {
    expect((await add(20, 30, forked)).status).toBe(422)
    expect((await add(20, 20, forked)).status).toBe(422)
    expect((await add(0, 10)).status).toBe(409)
    expect((await add(10, 15)).status).toBe(409)
    const kept = await ask(`/${originHash(log.signer.name)}/checkpoint`)
    expect(kept.text).toContain(log.text(20))
  }
  await check(first)
  const again = await witnessing(log, first.state)
  await check(again)
  expect((await again.add(20, 40)).status).toBe(200)
  // Two signed heads of one size are proof; the other could be anybody's bad proof.
  expect(readdirSync(join(first.state, 'forks'))).toHaveLength(1)
  expect(readdirSync(join(first.state, 'refused'))).toHaveLength(1)
  expect(first.said.filter((line) => line.startsWith('error FORK'))).toHaveLength(1)
})

test('requests at the same time are answered one after the other: none takes leaves back', async () => {
  const log = toyLog()
  const { add, book } = await witnessing(log)
  await add(0, 10)
  const answers = await Promise.all([15, 30, 12, 40, 11].map((size) => add(10, size)))
  const good = answers.filter(({ status }) => status === 200)
  expect(good).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(4)
  const size = book.lastOf(log.signer.name)?.checkpoint.size
  expect(answers.filter(({ text }) => text === `${size}\n`)).toHaveLength(4)
})

test('what is not a request is refused within bounds, and nothing is kept of it', async () => {
  const { ask, state } = await witnessing(toyLog())
  const post = (body: string | Buffer<ArrayBuffer>) =>
    ask('/add-checkpoint', { method: 'POST', body })
  expect((await post('')).status).toBe(400)
  expect((await post(Buffer.from([0xff, 0xfe]))).status).toBe(400)
  expect((await post('x'.repeat(70_000))).status).toBe(413)
  expect((await ask('/add-checkpoint')).status).toBe(405)
  expect((await ask('/elsewhere')).status).toBe(404)
  expect((await ask(`/${'0'.repeat(64)}/checkpoint`)).status).toBe(404)
  const many = await Promise.all(Array.from({ length: 150 }, () => post('')))
  expect(many.filter(({ status }) => status === 429).length).toBeGreaterThan(0)
  expect(readdirSync(join(state, 'logs'))).toEqual([])
  expect(readdirSync(join(state, 'refused'))).toEqual([])
})

test('a disk that fails means no cosignature', async () => {
  const log = toyLog()
  const { add, book } = await witnessing(log)
  const keep = book.keep.bind(book)
  book.keep = () => {
    throw new Error('ENOSPC')
  }
  expect((await add(0, 10)).status).toBe(500)
  book.keep = keep
  expect((await add(0, 12)).status).toBe(200)
})

test('a state that is not what it cosigned stops it, rather than beginning anew', async () => {
  const log = toyLog()
  const { add, state, vkey } = await witnessing(log)
  await add(0, 10)
  const [file = ''] = readdirSync(join(state, 'logs'))
  const path = join(state, 'logs', file)
  const good = readFileSync(path, 'utf8')
  const keysOf = readKnownLogs(join(state, 'logs.txt'))
  const open = () => new WitnessBook(state, vkey, keysOf)
  expect(open().lastOf(log.signer.name)?.checkpoint.size).toBe(10)
  for (const bad of ['', log.note(10), good.replace('\n10\n', '\n11\n'), good.slice(0, -9)]) {
    writeFileSync(path, bad)
    expect(open).toThrow(/witness/)
  }
  writeFileSync(path, good)
  expect(() => new WitnessBook(state, vkey, () => [])).toThrow(/--logs/)
  // An older one beside the newest, which would be read last and let the log go back to it.
  writeFileSync(path.replace(/[0-9a-f]{64}/, 'f'.repeat(64)), good)
  expect(open).toThrow(/f{64}\.checkpoint: wanted what this witness cosigned/)
})

test('a key whose checkpoints are gone begins nothing anew, and a new one begins with nothing', async () => {
  const { add, state, vkey } = await witnessing(toyLog())
  await add(0, 10)
  const keysOf = readKnownLogs(join(state, 'logs.txt'))
  rmSync(join(state, 'logs'), { recursive: true })
  for (let tries = 0; tries < 2; tries += 1) {
    expect(() => new WitnessBook(state, vkey, keysOf)).toThrow(
      /logs: wanted what this witness cosigned.*new key/,
    )
  }
  const anew = temporaryDirectory()
  const made = makeWitnessKey(anew, NAME)
  expect(new WitnessBook(anew, vkeyOf(made.vkey), keysOf).all()).toEqual([])
})

test('its key is its own: made once, for its owner alone, under one name', () => {
  const state = temporaryDirectory()
  const made = makeWitnessKey(state, NAME)
  expect(makeWitnessKey(state, NAME).vkey).toBe(made.vkey)
  expect(readWitnessKey(state).vkey).toBe(made.vkey)
  expect(statSync(join(state, 'witness.key')).mode & 0o77).toBe(0)
  expect(() => makeWitnessKey(state, 'other')).toThrow(/keeps its name/)
  expect(() => makeWitnessKey(temporaryDirectory(), 'a b')).toThrow(/--name/)
  expect(() => readWitnessKey(temporaryDirectory())).toThrow(/witness keys/)
  writeFileSync(join(state, 'witness.vkey'), makeWitnessKey(temporaryDirectory(), NAME).vkey, {
    mode: 0o600,
  })
  expect(() => readWitnessKey(state)).toThrow(/two keys/)
})

test('the key of an agent is no key of a log to watch', () => {
  const file = join(temporaryDirectory(), 'logs.txt')
  writeFileSync(file, `\n${new ToyLog(newSigner('voip-ready-agent/leeds-1'), leaves(0, 1)).vkey}\n`)
  expect(() => readKnownLogs(file)).toThrow(/line 2: wanted the key of a log, found that of voip-r/)
})

test('a second process on one state, and an address of another host, are told in the witness’s words', async () => {
  const state = temporaryDirectory()
  const { vkey } = new ToyLog(newSigner('log.example/1'), leaves(0, 1))
  writeFileSync(join(state, 'logs.txt'), `${vkey}\n`)
  const where = ['--state', state, '--logs', join(state, 'logs.txt'), '--listen']
  await run(['witness', 'keys', '--state', state, '--name', NAME])
  const elsewhere = await run(['witness', 'run', ...where, '192.0.2.1:8470'])
  expect([elsewhere.code, elsewhere.err]).toEqual([4, expect.stringContaining('of this host')])
  const first = start(['witness', 'run', ...where, '127.0.0.1:0'])
  await first.says(/witnessing/)
  // The book is the first one's: what it writes there just now is not looked at.
  writeFileSync(join(state, 'logs', `${'0'.repeat(64)}.checkpoint`), 'half')
  const second = await run(['witness', 'run', ...where, '127.0.0.1:0'])
  expect(second.code).toBe(4)
  expect(second.err).toMatch(/wanted a state folder of its own, found in use .*; stop that witness/)
})
