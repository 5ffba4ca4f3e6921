import { writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { accuracy } from './accuracy.ts'
import { bundle } from './bundle/download.ts'
import { ceiling } from './ceiling.ts'
import { flood } from './fleet/flood.ts'
import { fleet, timeline } from './fleet/newest.ts'
import { scrape } from './fleet/scrape.ts'
import { wholeFleet } from './fleet/whole-fleet.ts'
import { ingest, ingestPostgres } from './ingest/ingest.ts'
import { tenThousand } from './ingest/ten-thousand.ts'
import { lossExactness } from './loss.ts'
import { noise } from './noise.ts'
import { oneCall } from './one-call.ts'
import { has } from './processes.ts'
import { startUp } from './start-up.ts'
import { type Sample, tableOf } from './table.ts'
import { verify } from './verify.ts'

interface Bench {
  readonly run: () => Promise<Sample[]>
  readonly rounds: number
  /** Who is measured beside; left out: irtt. */
  readonly peer?: string
}

/** The benches by name, and how many rounds make a median for each. */
const BENCHES: { readonly [name: string]: Bench } = {
  'start-up': { run: startUp, rounds: 7 },
  idle: { run: () => noise('idle'), rounds: 5 },
  busy: { run: () => noise('busy'), rounds: 5 },
  'one-call': { run: oneCall, rounds: 5 },
  accuracy: { run: accuracy, rounds: 5 },
  ceiling: { run: ceiling, rounds: 5 },
  loss: { run: lossExactness, rounds: 1 },
  ingest: { run: ingest, rounds: 3, peer: 'bare fastify + SQLite' },
  'ten-thousand': { run: tenThousand, rounds: 1, peer: 'bare fastify + SQLite' },
  'whole-fleet': { run: wholeFleet, rounds: 1, peer: 'none' },
  fleet: { run: fleet, rounds: 3, peer: 'none' },
  timeline: { run: timeline, rounds: 3, peer: 'none' },
  flood: { run: flood, rounds: 1, peer: 'without the flood' },
  scrape: { run: scrape, rounds: 3, peer: 'prom-client' },
  verify: { run: verify, rounds: 3, peer: 'bare reading' },
  bundle: { run: bundle, rounds: 1, peer: 'none' },
  'ingest-postgres': { run: ingestPostgres, rounds: 3, peer: 'multi-row insert' },
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(BENCHES).join(',') },
    rounds: { type: 'string' },
    out: { type: 'string', default: join(process.cwd(), 'test', 'bench', 'RESULTS.md') },
  },
})

if (process.getuid?.() !== 0 || !has('ip') || !has('irtt')) {
  console.error('bench: wanted root, iproute2 and irtt (apt-get install irtt iproute2 nftables)')
  process.exit(4)
}

const sections: string[] = []
for (const name of values.only.split(',')) {
  const bench = BENCHES[name]
  if (bench === undefined) throw new Error(`no bench ${name}; there are ${Object.keys(BENCHES)}`)
  const rounds = Number(values.rounds ?? bench.rounds)
  const samples: Sample[] = []
  for (let round = 1; round <= rounds; round += 1) {
    console.error(`bench: ${name}, round ${round} of ${rounds}`)
    samples.push(...(await bench.run()))
  }
  const section = `## ${name} (${rounds} rounds)\n\n${tableOf(samples, bench.peer ?? 'irtt')}\n`
  console.log(section)
  sections.push(section)
}
writeFileSync(values.out, [...head(), ...sections].join('\n'))

function head(): string[] {
  const model = cpus()[0]?.model ?? 'unknown'
  return [
    '# Measured figures',
    '',
    'Written by `npm run bench`: medians of the rounds, with the lowest and highest in brackets.',
    'Other work may share the machine: compare the columns, not the absolute figures.',
    '',
    `Machine: ${cpus().length} x ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()},`,
    `Node ${process.version}. ${new Date().toISOString()}`,
    '',
  ]
}
