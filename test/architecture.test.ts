import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { functionsOf, importsOf, readSources, root, type Source } from './support/sources.ts'

/**
 * The borders of the house as a table. Types count as imports. The first row whose `from` fits a
 * file binds it; each row says in a sentence where code belongs that breaks it.
 */
interface Row {
  readonly from: RegExp
  readonly may: readonly RegExp[]
  readonly belongs: string
}

const BASICS = /^shared\/(result|shell-word|host-text|errors|clock|intervals|counted)\.ts$/
const SHARED = /^shared\//
const NODE = /^node:/
const SCHEMA = /^valibot$/
const CONFIG = /^config\/(load|[a-z-]+)\.ts$/

const TABLE: readonly Row[] = [
  {
    from: /^shared\/wire\//,
    may: [/^shared\/wire\//, BASICS],
    belongs:
      'bytes know nothing of quality: move measuring to shared/measure, sockets to agent/engine',
  },
  {
    from: /^shared\/measure\//,
    may: [/^shared\/measure\//, /^shared\/record\/observation\.ts$/, BASICS],
    belongs:
      'maths knows nothing of bytes or limits: codecs go to shared/wire, judging to shared/verdict',
  },
  {
    from: /^shared\/record\//,
    may: [/^shared\/record\//, BASICS, SCHEMA],
    belongs: 'a record is what was seen: verdicts go to shared/verdict, codecs to shared/wire',
  },
  {
    from: /^shared\/profile\//,
    may: [/^shared\/profile\//, BASICS, SCHEMA],
    belongs: 'the contract as data: reading files goes to config/, judging to shared/verdict',
  },
  {
    from: /^shared\/verdict\//,
    may: [/^shared\/(verdict|measure|record|profile)\//, BASICS],
    belongs: 'the only place that judges: bytes go to shared/wire, screens to agent/cli or server',
  },
  {
    from: /^shared\/evidence\/node-crypto\.ts$/,
    may: [/^shared\/evidence\//, /^node:crypto$/],
    belongs: 'bytes in, bytes out: the one place where shared meets node:crypto, and nothing else',
  },
  {
    from: /^shared\/opening\//,
    // What agent, verifier and collector all do to a bundle's octets: unpacked and hashed by Node itself.
    may: [
      /^shared\/(opening|evidence|eligibility|report)\//,
      BASICS,
      /^node:(buffer|crypto|zlib)$/,
    ],
    belongs:
      'octets of a bundle in, what is proven out: what holds goes to shared/evidence, files and threads to agent or server',
  },
  {
    from: /^shared\/disk\//,
    // Agent and collector make folders, keep files over a crash and keep others out of them alike.
    may: [/^shared\/disk\//, BASICS, /^node:(fs|path)$/],
    belongs: 'how things get onto a disk and stay: what they hold goes to agent or server',
  },
  {
    from: /^shared\/schema\//,
    may: [/^shared\/schema\//, BASICS, SCHEMA],
    belongs: 'reads values by any schema: what a value means goes to the room that it is of',
  },
  {
    from: /^shared\/report\/pdf\//,
    // Whoever shows a report draws the same octets; pdfkit is loaded only where one is asked for.
    may: [/^shared\/report\//, BASICS, /^pdfkit$/],
    belongs:
      'draws a document, octets out: what it says goes to shared/report, files to agent/report',
  },
  {
    from: /^shared\/report\//,
    may: [
      /^shared\/(report|verdict|evidence|eligibility|campaign|profile|record)\//,
      BASICS,
      SCHEMA,
    ],
    belongs:
      'a report says what was judged and draws it: judging goes to shared/verdict, PDF to shared/report/pdf, files to agent/report',
  },
  {
    from: SHARED,
    may: [SHARED, SCHEMA],
    belongs: 'shared is pure: sockets, files and clocks go to agent or server and are handed in',
  },
  {
    from: /^config\//,
    may: [/^config\//, SHARED, NODE, /^(yaml|valibot|@valibot\/to-json-schema)$/],
    belongs: 'config only reads and checks configuration: what uses it goes to agent or server',
  },
  {
    from: /^agent\/engine\//,
    may: [/^agent\/engine\//, SHARED, NODE, /^koffi$/],
    belongs: 'the engine moves datagrams and stamps them: what is in them goes to agent/stream',
  },
  {
    from: /^agent\/reflector\//,
    may: [
      /^agent\/(reflector|engine|io|rows)\//,
      /^agent\/version\.ts$/,
      SHARED,
      NODE,
      /^commander$/,
      // Only its responder, and only when asked: the ports to hold stand in the profile.
      /^config\/load\.ts$/,
    ],
    belongs:
      'the reflector is small and runs alone: collector work goes to server, the rest to agent; ' +
      'its responder shares the sockets of agent/io and reads profiles when told to respond',
  },
  {
    from: /^agent\/rows\//,
    may: [/^agent\/rows\//, SHARED, NODE, /^commander$/],
    belongs:
      'raw rows on disk, of an agent or a reflector: whose they are is told by who keeps them',
  },
  {
    from: /^agent\/stream\//,
    may: [/^agent\/(stream|engine)\//, SHARED, NODE],
    belongs: 'the sender of streams: commands go to agent/cli, records to agent/run',
  },
  {
    from: /^agent\/trace\//,
    may: [/^agent\/(trace|stream|engine)\//, SHARED, NODE],
    belongs: 'the tracer of paths on its engine: what the answers mean goes to agent/probes/path',
  },
  {
    from: /^agent\/probes\//,
    may: [
      /^agent\/probes\//,
      /^agent\/(plan|engine\/types|trace\/(types|start)|io\/[a-z-]+)\.ts$/,
      SHARED,
    ],
    belongs: 'a probe gets its sockets handed in: sockets, files and packages go to agent/io',
  },
  {
    from: /^agent\/io\//,
    may: [/^agent\/(io|engine)\//, SHARED, NODE, /^(net-snmp|dns-packet|koffi)$/],
    belongs: 'sockets and files of the probes: what to ask and what it means goes to agent/probes',
  },
  {
    from: /^agent\/main\.ts$/,
    may: [/^agent\//, /^server\/cli\.ts$/, SHARED, NODE, /^commander$/],
    belongs: 'main alone knows all three roles, and loads each of them only when asked for',
  },
  {
    from: /^agent\/report\//,
    // The document of eligibility and a protocol are had from their own rooms, as their commands have them.
    may: [/^agent\/(report|verify|bundle|eligibility|campaign)\//, SHARED, NODE],
    belongs: 'files of reports: what a report says goes to shared/report',
  },
  {
    from: /^agent\/enrol\//,
    may: [/^agent\/enrol\//, SHARED, NODE],
    belongs: 'who the agent is to its collector: what it does as such goes to agent/run',
  },
  {
    from: /^agent\//,
    may: [/^agent\//, SHARED, CONFIG, NODE, /^commander$/],
    belongs: 'the agent is light: databases and web servers go to server',
  },
  {
    from: /^server\/dashboard\/vite\.config\.ts$/,
    may: [/^vite$/],
    belongs: 'says how the page is built: what it shows goes beside it',
  },
  {
    from: /^server\/dashboard\//,
    // Of the collector only the types of its answers, which are gone when it is built.
    may: [
      /^server\/dashboard\//,
      /^server\/routes\/[a-z-]*schemas\.ts$/,
      SHARED,
      SCHEMA,
      /^preact(\/(hooks|compat))?$/,
    ],
    belongs:
      'runs in a browser and asks the API: what the collector does goes to the rest of server',
  },
  {
    from: /^server\/(ingest|metrics|ledger|history)\//,
    may: [
      /^server\/(ingest|metrics|ledger|history|store|judging)\//,
      SHARED,
      SCHEMA,
      /^node:(crypto|zlib|buffer|util)$/,
      /^prom-client$/,
    ],
    belongs:
      'rules of the collector without its sockets: routes go to server/routes, files to server/store',
  },
  {
    from: /^server\//,
    may: [/^server\//, SHARED, CONFIG, NODE, /^(?!koffi|\.)[@a-z]/],
    belongs: 'the collector: measuring goes to agent, what both need to shared',
  },
]

const sources = readSources(['shared', 'agent', 'server', 'config'])
const rowOf = (path: string): Row | undefined => TABLE.find((row) => row.from.test(path))

describe('imports keep the direction', () => {
  test.each(sources.map((source) => [source.path, source] as const))('%s', (_path, source) => {
    const row = rowOf(source.path)
    expect(row, `${source.path} has no row in the table: which room is it in?`).toBeDefined()
    const wrong = importsOf(source).filter((target) => !row?.may.some((may) => may.test(target)))
    expect(wrong, row?.belongs).toEqual([])
  })
})

test('agent and server never import each other, save main for the collector command', () => {
  const crossing = sources.flatMap((source) => {
    const other = source.path.startsWith('agent/') ? 'server/' : 'agent/'
    if (!/^(agent|server)\//.test(source.path)) return []
    return importsOf(source)
      .filter((target) => target.startsWith(other) && source.path !== 'agent/main.ts')
      .map((target) => `${source.path} -> ${target}`)
  })
  expect(crossing).toEqual([])
})

test('no files name each other in a circle, not by a type or a late import either', () => {
  let left = new Map(sources.map((source) => [source.path, importsOf(source)]))
  const inside = (targets: readonly string[]) => targets.filter((target) => left.has(target))
  // Who names nobody that is left, or is named by nobody, is in no circle.
  for (let before = -1; before !== left.size; ) {
    before = left.size
    const named = new Set([...left.values()].flatMap(inside))
    left = new Map([...left].filter(([path, to]) => inside(to).length > 0 && named.has(path)))
  }
  expect([...left].map(([path, to]) => `${path} -> ${inside(to)}`)).toEqual([])
})

test('nothing outside test/ imports from it', () => {
  const wrong = sources.flatMap((source) =>
    importsOf(source).filter((target) => target.startsWith('test/')),
  )
  expect(wrong).toEqual([])
})

test('shared reads no clock, no randomness, no process: they are handed in', () => {
  const ambient =
    /\b(Date\.now|new Date\(\)|performance\.|setTimeout|setInterval|setImmediate|Math\.random|console\.|globalThis\.)/
  const shared = sources.filter((source) => SHARED.test(source.path))
  const wrong = shared.flatMap((source) => linesMatching(source, ambient))
  // A lock is a process's, and what a disk can do is its platform's.
  const pure = shared.filter(({ path }) => !path.startsWith('shared/disk/'))
  wrong.push(...pure.flatMap((source) => linesMatching(source, /\bprocess\./)))
  expect(wrong).toEqual([])
})

/**
 * Programs that end with their check, load or run, and the processes of their own that do. Whatever
 * they join ends with them.
 */
const MAY_JOIN_SIGNALS = [
  ...['agent/check/watch.ts', 'agent/check/whole-run.ts', 'agent/probes/run.ts'],
  ...['agent/load/compare-pair.ts', 'agent/load/offer.ts', 'agent/runs/run-program.ts'],
]

test('signals are joined by withAnyOf of shared/any-of.ts wherever a program lives on', () => {
  // In Node 20 AbortSignal.any leaves octets at each source for as long as that lives.
  const joining = sources.flatMap((source) => linesMatching(source, /\bAbortSignal\s*\.\s*any\b/))
  const fileOf = (line: string) => line.slice(0, line.indexOf(':'))
  const repair = 'use withAnyOf (shared/any-of.ts): this leaks in a program that lives on'
  expect(
    joining.filter((line) => !MAY_JOIN_SIGNALS.includes(fileOf(line))),
    repair,
  ).toEqual([])
  const unused = MAY_JOIN_SIGNALS.filter((path) => !joining.some((line) => fileOf(line) === path))
  expect(unused, 'joins none any more: take it off the list').toEqual([])
})

test('folders are made by makeFolder of shared/disk/folder.ts', () => {
  // All at once Node 20 tries for ever below /proc.
  const wrong = sources
    .filter((source) => source.path !== 'shared/disk/folder.ts')
    .flatMap((source) => linesMatching(source, /\bmkdir(Sync)?\b/))
  expect(wrong).toEqual([])
})

test('a file has at most 250 lines, a function at most 40', () => {
  const files = sources
    .map((source) => ({
      path: source.path,
      lines: source.text.split('\n').length - 1,
    }))
    .filter((file) => file.lines > 250)
    .map((file) => `${file.path}: ${file.lines} lines; split it by noun`)
  const functions = sources.flatMap((source) =>
    functionsOf(source)
      .filter((found) => found.lines > 40)
      .map((found) => `${source.path}:${found.at} a function of ${found.lines} lines`),
  )
  expect([...files, ...functions]).toEqual([])
})

test('the top level is the one that was agreed', () => {
  const agreed = [
    ...['agent', 'server', 'shared', 'config', 'test'],
    ...['docker-compose.yml', 'package.json', 'package-lock.json', 'tsconfig.json'],
    ...['README.md', 'LICENSE', 'CHANGELOG.md', 'node_modules', 'dist'],
  ]
  const extra = readdirSync(root).filter((name) => !name.startsWith('.') && !agreed.includes(name))
  expect(extra).toEqual([])
})

function linesMatching(source: Source, pattern: RegExp): string[] {
  return source.text.split('\n').flatMap((line, index) => {
    const code = line.replace(/\/\/.*$|^\s*\*.*$|\/\*.*?\*\//g, '')
    return pattern.test(code) ? [`${source.path}:${index + 1} ${line.trim()}`] : []
  })
}
