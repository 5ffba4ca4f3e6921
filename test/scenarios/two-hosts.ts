import { fileURLToPath } from 'node:url'
import { addKey } from '../../agent/reflector/keys.ts'
import type { StreamPlan } from '../../agent/stream/types.ts'
import { type LoadedProfile, loadProfile } from '../../config/load.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import { periodOf } from '../../shared/verdict/coverage.ts'
import type { Finding } from '../../shared/verdict/finding.ts'
import { judge } from '../../shared/verdict/judge.ts'
import type { Child } from '../lab/child.ts'
import type { Skew } from '../lab/skewed-clock.ts'
import type { SkewedReflector } from '../lab/skewed-reflector.ts'
import type { SkewedStreams, StreamLine } from '../lab/skewed-streams.ts'
import type { Lab } from '../lab/topology.ts'
import type { Truth } from '../lab/truth.ts'

const LOADER = new URL('../support/typescript.mjs', import.meta.url).href
const program = (name: string, options: object): readonly string[] => [
  process.execPath,
  ...['--import', LOADER],
  fileURLToPath(new URL(`../lab/${name}.ts`, import.meta.url)),
  JSON.stringify(options),
]
const PROFILE = 'pureconnect-rcm'

/** The site and the primary data centre, each with a clock of its own. */
export interface Hosts {
  readonly agent?: Skew
  readonly reflector?: Skew
}

export interface RunOptions extends Hosts {
  readonly durationMs: number
  readonly calls?: number
  readonly drainMs?: number
}

/** What was seen and judged, beside what really happened. */
export interface Outcome {
  readonly observation: StreamObservation
  readonly lines: readonly StreamLine[]
  readonly truth: Truth
  /** True milliseconds since 1970 that enclose every packet of the run. */
  readonly fromMs: number
  readonly untilMs: number
  finding(id: string, leg?: Finding['leg']): Finding
  /** `pass within-limit` and the like. */
  verdict(id: string, leg?: Finding['leg']): string
}

let files = 0

/** Starts a reflector at dc1 with the clock that `skew` makes; resolves once it listens. */
export async function startReflectorAt(lab: Lab, skew: Skew = {}, keysFile?: string) {
  const file = keysFile ?? lab.file(`keys-${++files}.json`)
  const key = keysFile === undefined ? addKey(file, 'lab', new Date()) : undefined
  const options: SkewedReflector = {
    address: '0.0.0.0',
    port: 4000,
    keysFile: file,
    skew,
  }
  const child = lab.spawn('dc1', program('skewed-reflector', options), {
    log: `reflector-${++files}.log`,
  })
  await child.until(/"ready"/)
  return { child, keysFile: file, key }
}

export function startStreamsAt(lab: Lab, plan: StreamPlan, skew: Skew = {}): Child {
  const options: SkewedStreams = { plan, profile: PROFILE, skew }
  return lab.spawn('site', program('skewed-streams', options), { log: `streams-${++files}.log` })
}

export function planOf(
  lab: Lab,
  key: { readonly id: string; readonly secret: string },
  options: Pick<RunOptions, 'durationMs' | 'calls' | 'drainMs'>,
): StreamPlan {
  const { ipv4 } = lab.address('dc1')
  const { durationMs, calls = 1, drainMs = 700 } = options
  const target = { farEnd: 'primary', address: ipv4, port: 4000, key } as const
  return {
    targets: [{ ...target, codec: 'g711', calls, dscp: 46 }],
    ...{ engine: 'linux', windows: 'run', durationMs, drainMs },
  }
}

/** One run of streams between two hosts with clocks of their own, judged by the profile. */
export async function between(lab: Lab, options: RunOptions): Promise<Outcome> {
  const { child: reflector, key } = await startReflectorAt(lab, options.reflector)
  if (key === undefined) throw new Error('no key was made')
  const fromMs = Date.now()
  try {
    const streams = startStreamsAt(lab, planOf(lab, key, options), options.agent)
    await streams.until(/"type":"done"/, options.durationMs + 60_000)
    return await outcomeOf(lab, streams, fromMs)
  } finally {
    await reflector.stop('SIGKILL')
  }
}

/** Reads what a finished stream program wrote, and judges it. */
export async function outcomeOf(lab: Lab, streams: Child, fromMs: number): Promise<Outcome> {
  await streams.ended
  const lines = linesOf(streams)
  const seen = lines.flatMap((line) => (line.type === 'observation' ? [line.observation] : []))
  const [observation] = seen
  if (observation === undefined) throw new Error(`no window in ${streams.output()}`)
  const loaded = await loadProfile(PROFILE)
  const finding = findingsIn(seen, loaded)
  return {
    observation,
    lines,
    truth: await lab.router('r2-r3').truth(),
    fromMs,
    untilMs: Date.now(),
    finding,
    verdict: (id, leg) => `${finding(id, leg).verdict} ${finding(id, leg).reason}`,
  }
}

function findingsIn(seen: readonly StreamObservation[], loaded: LoadedProfile) {
  const { profile, sha256 } = loaded
  const period = periodOf(seen) ?? { from: 0, to: 0 }
  const { findings } = judge({ profile, sha256, site: null, observations: seen, ...period })
  return (id: string, leg: Finding['leg'] = 'out'): Finding => {
    const found = findings.find((f) => f.id === id && f.leg === leg && f.farEnd === 'primary')
    if (found === undefined) throw new Error(`no finding ${id} ${leg}`)
    return found
  }
}

export function linesOf(streams: Child): readonly StreamLine[] {
  return streams
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as StreamLine)
}
