import { fileURLToPath } from 'node:url'
import type { CheckResult } from '../../config/check-result.ts'
import type { FarEndName } from '../../shared/profile/site.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { Finding } from '../../shared/verdict/finding.ts'
import type { Child } from '../lab/child.ts'
import { eventually } from '../lab/command.ts'
import type { Impairment, Leg } from '../lab/router/impairment.ts'
import type { Lab } from '../lab/topology.ts'
import type { LegTruth, Selection, Truth } from '../lab/truth.ts'
import { countRtp, type RtpCounts, readRtpCounts } from './rtp-counters.ts'

const PROGRAM = fileURLToPath(new URL('../../dist/agent/main.js', import.meta.url))
/** The built program as the lab runs it. */
export const VOIP_READY: readonly string[] = [process.execPath, PROGRAM]
/** Where each far end lives. Different ports tell them apart in a truth log. */
export const FAR_ENDS = {
  primary: { host: 'dc1', port: 4000 },
  secondary: { host: 'dc2', port: 4001 },
} as const
/** All traffic crosses this link; the impairment router stands on it unless a story says otherwise. */
export const LINK = 'r2-r3'

/** The lines that a stream answers. */
export const VOICE_LINES: readonly string[] = ['VRN-3', 'VRN-4', 'VRN-5', 'VRN-6', 'VRN-7']

/** Running reflectors of a lab and the key that opens them. */
export interface Reflectors {
  /** `id:secret` */
  readonly key: string
  readonly keysFile: string
  readonly ip: 4 | 6
  readonly children: ReadonlyMap<FarEndName, Child>
}

export interface StoryOptions {
  readonly reflectors: Reflectors
  /** Default both. */
  readonly farEnds?: readonly FarEndName[]
  readonly seconds: number
  readonly calls?: number
  readonly codec?: 'g711' | 'g729'
  /** A site file instead of addresses on the command line; `farEnds` then only says what to expect. */
  readonly siteFile?: string
  readonly profile?: string
  /** Default the lines that streams answer; `overall` and `exit` speak of these. */
  readonly only?: readonly string[]
  /** Rules of each impairment router for this story, by link; a link not named is made clean. */
  readonly impair?: Readonly<Record<string, readonly Impairment[]>>
  /** Links whose routers keep the truth. Default r2-r3 and those of `impair`. */
  readonly links?: readonly string[]
  /** Runs beside the check, from its start. */
  readonly meanwhile?: (lab: Lab) => Promise<void>
}

/** One run of `voip-ready check` and the truth of it. */
export interface Story {
  readonly result: CheckResult
  readonly exit: number
  /** Wall clock borders of the run, milliseconds since 1970. */
  readonly fromMs: number
  readonly untilMs: number
  stream(farEnd?: FarEndName): StreamObservation
  /** The one finding of a line on a leg of a far end; throws when there is none. */
  finding(id: string, leg: Finding['leg'], farEnd?: FarEndName): Finding
  /** Verdict and reason in two words: `fail over-limit`. */
  verdict(id: string, leg: Finding['leg'], farEnd?: FarEndName): string
  /** What really happened to the probe packets of one far end, on one leg of one link. */
  truth(leg: Leg, farEnd?: FarEndName, link?: string): LegTruth
  /** The whole log of a link, and which of its packets were this story's. */
  log(link?: string): Truth
  selection(leg: Leg, farEnd?: FarEndName): Selection
  /** From the first probe packet to the last answer, milliseconds; whatever link they took. */
  spanMs(farEnd?: FarEndName): number
  /** What nft counted of a far end's probe packets where they arrived. */
  counted(farEnd?: FarEndName): RtpCounts
}

/** Starts `voip-ready reflector run` at both data centres; a reflector serves one IP version. */
export async function startReflectors(lab: Lab, ip: 4 | 6 = 4): Promise<Reflectors> {
  const keys = lab.file(`reflector-keys-${ip}.json`)
  const add = [...VOIP_READY, 'reflector', 'keys', 'add', 'lab', '--keys', keys]
  const { stdout } = await lab.run('dc1', add)
  const key = /lab:\S+/.exec(stdout)?.[0]
  if (key === undefined) throw new Error(`no key in ${stdout}`)
  const children = new Map<FarEndName, Child>()
  for (const farEnd of ['primary', 'secondary'] as const) {
    children.set(farEnd, startReflector(lab, farEnd, keys, ip))
  }
  await Promise.all([...children.values()].map((child) => child.until(/listening on/)))
  return { key, keysFile: keys, ip, children }
}

/** One reflector; wait for `listening on` before using it. */
export function startReflector(lab: Lab, farEnd: FarEndName, keys: string, ip: 4 | 6 = 4): Child {
  const { host, port } = FAR_ENDS[farEnd]
  const listen = ['--listen', `${ip === 4 ? '0.0.0.0' : '[::]'}:${port}`, '--keys', keys]
  return lab.spawn(host, [...VOIP_READY, 'reflector', 'run', ...listen])
}

/** Impairs, runs `check --json` at the site to its end, and reads the truth of all links. */
export async function tell(lab: Lab, options: StoryOptions): Promise<Story> {
  const farEnds = options.farEnds ?? (['primary', 'secondary'] as const)
  const links = [...new Set([LINK, ...(options.links ?? []), ...Object.keys(options.impair ?? {})])]
  await Promise.all(links.map((link) => lab.router(link).impair(options.impair?.[link] ?? [])))
  await countRtp(lab, farEnds)
  const fromMs = Date.now()
  const running = lab.run('site', [...VOIP_READY, ...checkArguments(lab, farEnds, options)], {
    mayFail: true,
    timeoutMs: options.seconds * 1000 + 60_000,
  })
  const [ended] = await Promise.all([running, options.meanwhile?.(lab)])
  const untilMs = Date.now()
  const truths = new Map<string, Truth>()
  for (const link of links) truths.set(link, await settled(lab, link))
  const counts = await readRtpCounts(lab, farEnds)
  if (!ended.stdout.startsWith('{')) throw new Error(`check ended ${ended.code}: ${ended.stderr}`)
  const result = JSON.parse(ended.stdout) as CheckResult
  return storyOf({ result, exit: ended.code, fromMs, untilMs, truths, counts })
}

/** The truth once nothing of the story is held any more. */
async function settled(lab: Lab, link: string): Promise<Truth> {
  const router = lab.router(link)
  await eventually(`${link} to be empty`, async () =>
    (await router.counters()).waiting === 0 ? true : undefined,
  )
  return await router.truth()
}

function checkArguments(
  lab: Lab,
  farEnds: readonly FarEndName[],
  options: StoryOptions,
): readonly string[] {
  const named = farEnds.flatMap((farEnd) => [
    `--${farEnd}`,
    addressOf(lab, farEnd, options.reflectors.ip),
  ])
  const where =
    options.siteFile === undefined
      ? [...named, '--key', options.reflectors.key]
      : ['--site', options.siteFile]
  const { seconds, calls, codec, profile, only = VOICE_LINES } = options
  return [
    ...[
      'check',
      '--json',
      '--media-only',
      '--duration',
      `${seconds}s`,
      '--only',
      only.join(),
      ...where,
    ],
    ...(calls === undefined ? [] : ['--calls', `${calls}`]),
    ...(codec === undefined ? [] : ['--codec', codec]),
    ...(profile === undefined ? [] : ['--profile', profile]),
  ]
}

/** A far end as the command line names it. */
export function addressOf(lab: Lab, farEnd: FarEndName, ip: 4 | 6 = 4): string {
  const { host, port } = FAR_ENDS[farEnd]
  const { ipv4, ipv6 } = lab.address(host)
  return ip === 4 ? `${ipv4}:${port}` : `[${ipv6}]:${port}`
}

interface Seen {
  readonly result: CheckResult
  readonly exit: number
  readonly fromMs: number
  readonly untilMs: number
  readonly truths: ReadonlyMap<string, Truth>
  readonly counts: ReadonlyMap<FarEndName, RtpCounts>
}

function storyOf(seen: Seen): Story {
  const { result, exit, fromMs, untilMs, truths, counts } = seen
  const log = (link = LINK): Truth => found(truths.get(link), `truth of ${link}`)
  const selection = (leg: Leg, farEnd: FarEndName = 'primary'): Selection => {
    return { leg, port: FAR_ENDS[farEnd].port, fromMs, untilMs }
  }
  const finding: Story['finding'] = (id, leg, farEnd = 'primary') =>
    found(
      result.judgement.findings.find((f) => f.id === id && f.leg === leg && f.farEnd === farEnd),
      `finding ${id} ${leg} ${farEnd}`,
    )
  return {
    ...{ result, exit, fromMs, untilMs, log, selection, finding },
    stream: (farEnd = 'primary') =>
      found(
        result.observations.filter((o) => o.kind === 'stream').find((o) => o.farEnd === farEnd),
        `observation of ${farEnd}`,
      ),
    verdict: (id, leg, farEnd) => {
      const { verdict, reason } = finding(id, leg, farEnd)
      return `${verdict} ${reason}`
    },
    truth: (leg, farEnd, link) => log(link).leg(selection(leg, farEnd)),
    spanMs: (farEnd) => {
      const logs = [...truths.values()]
      const sent = logs.flatMap((one) => one.select(selection('out', farEnd)))
      const answered = logs.flatMap((one) => one.select(selection('back', farEnd)))
      const last = Math.max(...answered.map(({ outNs = 0 }) => outNs))
      return (last - Math.min(...sent.map(({ inNs }) => inNs))) / 1e6
    },
    counted: (farEnd = 'primary') => found(counts.get(farEnd), `nft counters of ${farEnd}`),
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`this story has no ${what}`)
  return value
}
