import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { loadProfile } from '../../../config/load.ts'
import { type Site, SiteSchema } from '../../../shared/profile/site.ts'
import { type Observation, ObservationSchema } from '../../../shared/record/kinds.ts'
import type { Finding } from '../../../shared/verdict/finding.ts'
import { judge } from '../../../shared/verdict/judge.ts'
import type { Peer } from '../peers/peer.ts'
import { labObstacle, labTest } from '../scenario.ts'
import { createLab, type Lab } from '../topology.ts'

/** site - r1 - dc1 and dc2, and a second host on the site's own network. */
export interface NamingLab {
  readonly lab: Lab
  /** Ends with the story. */
  readonly keep: (...peers: readonly Peer[]) => void
  /** Ends them now. */
  readonly end: () => Promise<void>
  /** Runs probes on the site and judges what they saw. */
  readonly look: (options: LookOptions) => Promise<Looked>
}

export interface LookOptions {
  readonly probes: readonly ('dns' | 'dhcp')[]
  readonly site?: object
  readonly only?: readonly string[]
  /** Program and arguments before node: to be another user. */
  readonly as?: readonly string[]
}

export interface Looked {
  readonly observations: readonly Observation[]
  /** `fail dns-extra` of a line. */
  readonly verdict: (id: string) => string
  readonly finding: (id: string) => Finding
}

const RUNNER = fileURLToPath(new URL('run-probe.mjs', import.meta.url))
/** The site's network is a bridge on r1, so that several servers can stand on it. */
const BRIDGE = [
  'link add br0 type bridge',
  'link set br0 up',
  'addr flush dev site',
  'addr flush dev rogue',
  'link set site master br0',
  'link set rogue master br0',
  'addr add 10.77.1.2/24 dev br0',
]

/** Stories in one lab: call it in a `describe`, then what it returns once per story. */
export function namingLab(): (name: string, body: (told: NamingLab) => Promise<void>) => void {
  let lab: Lab | undefined
  const peers: Peer[] = []
  beforeAll(async () => {
    if (labObstacle() !== undefined) return
    lab = await createLab({
      impaired: [],
      links: [
        ['site', 'r1'],
        ['r1', 'rogue'],
        ['r1', 'dc1'],
        ['r1', 'dc2'],
      ],
    })
    lab.ip('r1', ...BRIDGE)
    lab.ip('rogue', 'addr flush dev r1', 'addr add 10.77.1.66/24 dev r1')
  })
  const end = async (): Promise<void> => {
    await Promise.all(peers.splice(0).map(({ child }) => child.stop()))
  }
  afterEach(async () => {
    await end()
    if (lab !== undefined) for (const host of ['dc1', 'dc2', 'rogue']) await lab.nft(host, '')
  })
  afterAll(async () => await lab?.destroy())
  return (name, body) =>
    labTest(name, async () => {
      if (lab === undefined) throw new Error('the lab did not start')
      const here = lab
      await body({
        lab,
        end,
        keep: (...started) => peers.push(...started),
        look: (options) => look(here, options),
      })
    })
}

async function look(lab: Lab, options: LookOptions): Promise<Looked> {
  const site = v.parse(SiteSchema, {
    ...{ format: 'voip-ready/site/1', site: 'lab', profile: 'pureconnect-rcm', farEnds: {} },
    ...options.site,
  })
  const given = JSON.stringify({ site, probes: options.probes, only: options.only })
  const { stdout } = await lab.run('site', [
    ...(options.as ?? []),
    ...[process.execPath, RUNNER, given],
  ])
  const observations = v.parse(v.array(ObservationSchema), JSON.parse(stdout))
  return { observations, ...(await judgedBy(site, observations, options.only)) }
}

async function judgedBy(
  site: Site,
  observations: readonly Observation[],
  onlyLines?: readonly string[],
): Promise<Pick<Looked, 'verdict' | 'finding'>> {
  const { profile, sha256 } = await loadProfile(site.profile)
  const from = Math.min(...observations.map((one) => one.from))
  const to = Math.max(...observations.map((one) => one.to)) + 1
  const only = onlyLines === undefined ? {} : { onlyLines }
  const { findings } = judge({ profile, sha256, site, observations, from, to, ...only })
  const finding = (id: string): Finding => {
    const found = findings.find((one) => one.id === id)
    if (found === undefined) throw new Error(`no finding ${id}`)
    return found
  }
  return { finding, verdict: (id) => `${finding(id).verdict} ${finding(id).reason}` }
}
