import type { Command } from 'commander'
import { lockDirectory } from '../../shared/disk/lock.ts'
import { EXIT, Fault } from '../../shared/errors.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { toBase64 } from '../../shared/evidence/octets.ts'
import { parseVkey } from '../../shared/evidence/vkey.ts'
import { makeLog } from '../log.ts'
import { parseListen } from '../reflector/cli.ts'
import { originHash, WitnessBook } from './book.ts'
import { readKnownLogs } from './known-logs.ts'
import { serveWitness } from './serve.ts'
import { makeWitnessKey, readWitnessKey } from './witness-key.ts'

interface Options {
  readonly state: string
  readonly logs: string
  readonly listen: string
  readonly json?: boolean
}

interface KeyOptions {
  readonly state: string
  /** Where there is a key it has a name already. */
  readonly name?: string
  readonly json?: boolean
}

const ABOUT = `
A witness keeps the newest checkpoint of each log, and cosigns a newer one only when it is shown to
begin with it: a log that is rewritten, or forked, no longer gets its cosignature. Run it yourself,
with a key of your own, and give its verifier key to whoever runs the collector (--witness URL=KEY).

Examples:
  voip-ready witness keys --state /var/lib/voip-ready-witness --name witness.acme.example/w1
  voip-ready witness run --state /var/lib/voip-ready-witness --logs logs.txt
  voip-ready witness show --state /var/lib/voip-ready-witness --logs logs.txt

logs.txt holds the verifier key of a log on each line (GET /api/v1/ledger shows it as vkey; compare
it with the operator by another way).`

const LOCK = {
  wanted: 'a state folder of its own',
  repair: 'stop that witness, or give this one its own --state and key',
}

/** Adds `witness run`, `witness keys` and `witness show`. */
export function addWitnessCommands(program: Command): void {
  const witness = program
    .command('witness')
    .description("cosign a collector's log with a key of your own")
    .addHelpText('after', ABOUT)
  const state = '--state <dir>'
  const where = 'where key and checkpoints are kept'
  witness
    .command('run', { isDefault: true })
    .description('serve add-checkpoint (C2SP tlog-witness)')
    .requiredOption(state, where)
    .requiredOption('--logs <file>', 'verifier keys of the logs to watch')
    .option('--listen <host:port>', 'address to serve HTTP on', '127.0.0.1:8470')
    .action((_options: unknown, command: Command) => run(command.optsWithGlobals<Options>()))
  witness
    .command('keys')
    .description('make the key where there is none, and print its verifier key')
    .requiredOption(state, where)
    .option(
      '--name <name>',
      'to make one: a URL of yours without https://, e.g. witness.acme.example/w1',
    )
    .action((_options: unknown, command: Command) => {
      const { state: folder, name: asked, json } = command.optsWithGlobals<KeyOptions>()
      const { vkey, signer } =
        asked === undefined ? readWitnessKey(folder) : makeWitnessKey(folder, asked)
      const { name } = signer
      process.stdout.write(json === true ? `${JSON.stringify({ name, vkey })}\n` : `${vkey}\n`)
    })
  witness
    .command('show')
    .description('what was cosigned last of each log, and proofs of forks')
    .requiredOption(state, where)
    .requiredOption('--logs <file>', 'verifier keys of the logs to watch')
    .action((_options: unknown, command: Command) => show(command.optsWithGlobals<Options>()))
}

/** What is to witness, and its book: to be opened once nobody else can write in it. */
function witnessOf({ state, logs }: Options) {
  const key = readWitnessKey(state)
  const keysOf = readKnownLogs(logs)
  const own = parseVkey(nodeCrypto, key.vkey)
  if (!own.ok) throw new Fault('CONFIG_VALUE', state, 'a verifier key', own.error)
  return { key, keysOf, openBook: () => new WitnessBook(state, own.value, keysOf) }
}

async function run(options: Options): Promise<void> {
  const { key, keysOf, openBook } = witnessOf(options)
  const unlock = lockDirectory(options.state, LOCK)
  const book = openBook()
  const form = options.json === true ? 'json' : 'lines'
  const log = makeLog(form, (line) => process.stderr.write(line), Date.now)
  const { address: host, port } = parseListen(options.listen)
  const asked = firstSignal()
  const parts = { signer: key.signer, book, keysOf, log, nowMs: Date.now }
  const running = await serveWitness(parts, { host, port })
  log.info('witnessing', { url: running.url, key: key.vkey, cosignedBefore: book.all().length })
  const signal = await asked
  log.info('stopping', { signal })
  await running.stop()
  unlock()
}

/** Exit 0; 1 when a log has signed two histories. */
function show(options: Options): void {
  const { key, openBook } = witnessOf(options)
  const book = openBook()
  const logs = book.all().map(({ checkpoint: { origin, size, root }, seconds }) => ({
    ...{ origin, size, root: toBase64(root), hash: originHash(origin) },
    cosignedAt: new Date(seconds * 1000).toISOString(),
  }))
  const { forks } = book
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ vkey: key.vkey, logs, forks })}\n`)
  } else {
    const lines = logs.flatMap(({ origin, size, root, cosignedAt }) => [
      ...['', origin, `  ${size} leaves, cosigned ${cosignedAt}`, `  root ${root}`],
    ])
    const none = logs.length === 0 ? ['', 'Nothing was cosigned yet.'] : []
    const bad = forks.map((file) => `FORK: two histories of one size are signed: ${file}`)
    const all = [key.vkey, ...none, ...lines, ...(bad.length === 0 ? [] : ['', ...bad])]
    process.stdout.write(`${all.join('\n')}\n`)
  }
  process.exitCode = forks.length === 0 ? EXIT.pass : EXIT.fail
}

function firstSignal(): Promise<string> {
  return new Promise((done) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => done(name))
  })
}
