import { type LoadedSite, loadProfile, loadSite } from '../../config/load.ts'
import { Fault } from '../../shared/errors.ts'
import { wasHeard } from '../../shared/verdict/coverage.ts'
import type { Output } from '../cli/output.ts'
import { readyFarEnds } from '../far-ends.ts'
import { nicTowards, outerNics, readNic } from '../io/nic.ts'
import { insteadOf } from '../io/own-address.ts'
import { toolVersion } from '../version.ts'
import { type Checkup, exitOf, good, lacking } from './advice.ts'
import { judgeCapabilities, judgeClock, judgeSelfTest } from './instrument.ts'
import { judgeNic } from './nic.ts'
import { judgePrivileges, readOwnStatus } from './privileges.ts'
import { renderDoctor } from './render.ts'
import { loopbackTest, shortRun } from './self-test.ts'

export interface DoctorOptions {
  readonly site?: string
  readonly engine: 'auto' | 'linux' | 'dgram'
  readonly json?: boolean
}

const USUAL_PROFILE = 'pureconnect-rcm'

/**
 * `voip-ready doctor`: what this host can measure and what it cannot, each lack with the clauses
 * that it costs. Returns 0 all good, 2 something lacks, 4 nothing can be measured here.
 */
export async function runDoctor(options: DoctorOptions, output: Output): Promise<number> {
  const site = options.site === undefined ? undefined : await loadSite(options.site, { insteadOf })
  const checkups = [
    ...(await lookAtInstrument(options, site)),
    ...(await lookAtInterfaces(site)),
    ...(site === undefined ? [] : await lookAtFarEnds(options, site)),
  ]
  const exit = exitOf(checkups)
  if (options.json === true) {
    const tool = { name: 'voip-ready', version: toolVersion() }
    output.out(`${JSON.stringify({ format: 'voip-ready/doctor/1', tool, exit, checkups })}\n`)
  } else {
    output.out(renderDoctor(checkups, output.paint))
  }
  return exit
}

async function lookAtInstrument(
  options: DoctorOptions,
  site: LoadedSite | undefined,
): Promise<Checkup[]> {
  const { profile } = site?.profile ?? (await loadProfile(USUAL_PROFILE))
  const privileges = judgePrivileges(readOwnStatus())
  try {
    const { run, observations } = await loopbackTest(profile, options.engine)
    const [seen] = observations
    if (seen === undefined || run.capabilities === null) {
      throw new Fault('ENGINE', 'self-test on loopback', 'one window', 'none')
    }
    return [
      ...judgeCapabilities(run.capabilities),
      judgeClock(seen.clocks.agent),
      ...judgeSelfTest(seen),
      ...privileges,
    ]
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const broken = lacking('instrument', 'broken', error.message, 'all', 'mend what is named here')
    return [broken, ...privileges]
  }
}

async function lookAtInterfaces(site: LoadedSite | undefined): Promise<Checkup[]> {
  if (process.platform !== 'linux') {
    const repair = 'look at the adapter settings yourself'
    return [lacking('interface', 'missing', 'not readable here', 'VRN-2 cannot be judged', repair)]
  }
  const { primary, secondary } = site?.site.farEnds ?? {}
  const addresses = [primary, secondary].flatMap((farEnd) => farEnd?.reflector ?? [])
  const towards = await Promise.all(addresses.map((address) => nicTowards(address)))
  const named = towards.filter((name) => name !== undefined)
  const names = new Set(named.length > 0 ? named : outerNics())
  names.delete('lo')
  if (names.size === 0) {
    return [good('interface', 'none beyond loopback is in use, so there is none to judge')]
  }
  return [...names].map((name) => judgeNic(readNic(name)))
}

async function lookAtFarEnds(options: DoctorOptions, site: LoadedSite): Promise<Checkup[]> {
  const farEnds = await readyFarEnds(site.site, site.keys, options.site ?? 'site')
  const { localAddress } = site.site
  const test = await shortRun(site.profile.profile, farEnds, options.engine, localAddress)
  return test.run.farEnds.map((farEnd) => {
    const name = `far end ${farEnd.farEnd}`
    const at = `${farEnd.address}:${farEnd.port}`
    const seen = test.observations.find((one) => one.farEnd === farEnd.farEnd)
    if (seen === undefined || !wasHeard(seen)) {
      const found = `${at} ${farEnd.state} ${farEnd.detail}`.trim()
      const repair = 'check reflector, access key and firewall (UDP, both ways)'
      return lacking(name, 'degraded', found, 'VRN-3 to -7 at this data centre', repair)
    }
    const { proof } = seen.legs.out.egress
    return good(name, `${at} answers; mark ${proof === 'watched' ? 'watched leaving' : 'set'}`)
  })
}
