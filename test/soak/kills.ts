import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { PostgresServer } from '../support/postgres.ts'
import { seededRandom } from '../support/random.ts'
import { KillLoad } from './kill-load.ts'
import { holdAgainst } from './kill-truth.ts'

/** `npm run kills -- --kills 100 --store postgres`: kill -9 under load, again and again, and what is left. */
const PROGRAM = fileURLToPath(new URL('../../agent/main.js', import.meta.url))
const MOST_KILLS = 1000
/** Each life ends after so many acknowledgements at most, and within so long of the last of them. */
const MOST_ACKNOWLEDGED = 80
const LONGEST_AFTER_MS = 40
const PATIENCE_MS = 60_000

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    store: { type: 'string', default: 'sqlite' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
  },
})
const [kills, seed] = [Number(values.kills), Number(values.seed)]
if (!Number.isInteger(kills) || kills < 1 || kills > MOST_KILLS) {
  console.error(`kills: --kills: wanted 1 to ${MOST_KILLS}, found ${values.kills}`)
  process.exit(3)
}
if (values.store !== 'sqlite' && values.store !== 'postgres') {
  console.error(`kills: --store: wanted sqlite or postgres, found ${values.store}`)
  process.exit(3)
}
console.error(`kills: ${kills} on ${values.store}, repeat it with --seed ${seed}`)
process.exitCode = await run(values.store === 'postgres')

interface Life {
  readonly child: ChildProcess
  readonly url: string
}

async function run(shared: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'voip-ready-kills-'))
  const server = shared ? await PostgresServer.start() : null
  try {
    const database = server === null ? null : await server.database()
    const data = join(folder, 'data')
    const load = new KillLoad(await addToken(data, database))
    const random = seededRandom(seed)
    const startedMs = performance.now()
    for (let kill = 1; kill <= kills; kill += 1) {
      const { child, url } = await live(data, database)
      load.run(url)
      await load.more(1 + Math.floor(random() * MOST_ACKNOWLEDGED), PATIENCE_MS)
      await pause(random() * LONGEST_AFTER_MS)
      await end(child, 'SIGKILL')
      await load.pause()
      if (kill % 10 === 0) console.error(`kills: ${kill}, ${load.acknowledged.size} acknowledged`)
    }
    const last = await live(data, database)
    load.run(last.url)
    await load.drain(PATIENCE_MS)
    await end(last.child, 'SIGTERM')
    const truth = await holdAgainst({ data, database }, load)
    const seconds = Math.round((performance.now() - startedMs) / 1000)
    console.log(
      JSON.stringify({ store: values.store, seed, kills, seconds, ...truth.figures }, null, 2),
    )
    for (const wrong of truth.wrong) console.log(`WRONG: ${wrong}`)
    return truth.wrong.length === 0 ? 0 : 1
  } finally {
    await server?.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function live(data: string, database: string | null): Promise<Life> {
  const where = database === null ? [] : ['--database', database]
  const args = ['--json', 'collector', '--listen', '127.0.0.1:0', '--data', data, ...where]
  const child = spawn(
    process.execPath,
    [PROGRAM, ...args, '--keep-records', '10000d', '--keep-history', '10000d'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /"url":"([^"]+)"/.exec(line)?.[1]
    if (url === undefined) continue
    child.stdout.resume()
    return { child, url }
  }
  throw new Error(`a collector ended by itself before it listened: ${child.exitCode}`)
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null) throw new Error(`a collector ended by itself with ${child.exitCode}`)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

async function addToken(data: string, database: string | null): Promise<string> {
  const where = database === null ? [] : ['--database', database]
  const who = ['--agent', 'faulty', '--site', 'faulty', '--data', data, ...where]
  const child = spawn(process.execPath, [PROGRAM, '--json', 'collector', 'tokens', 'add', ...who], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  for await (const part of child.stdout) text += part
  return JSON.parse(text).token
}
