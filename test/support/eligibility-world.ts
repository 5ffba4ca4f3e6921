import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type EligibilityOptions, runEligibility } from '../../agent/eligibility/run.ts'
import { packBundle } from '../../server/bundle/pack.ts'
import type { ClauseAnswer } from '../../shared/eligibility/clause-schema.ts'
import type { Eligibility } from '../../shared/eligibility/document.ts'
import type { BundleLine } from '../../shared/evidence/bundle.ts'
import { formatVkey } from '../../shared/evidence/vkey.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import { MINUTE, START } from '../server/support/fixtures.ts'
import { LINES, lossOf, marks, profileWith, silent, stream } from '../shared/verdict/scenes.ts'
import { KEYS, sha256hex, type WorldOptions, worldLines } from './evidence-world.ts'
import { temporaryDirectory } from './temporary.ts'

/**
 * Synthetic time through the real formats: hours of signed minutes with the receipts of two reflectors,
 * logged as a collector would, so that stories longer than a test may last can be told.
 * The outage begins 80 minutes after START and lasts half an hour; the reference is 10:15 to 11:15.
 */
export const OUTAGE = { from: START + 80 * MINUTE, to: START + 110 * MINUTE } as const
export const MINUTES = 150
export const OUT = (minute: number) => minute >= 80 && minute < 110

/** Delay, jitter, marking and loss: what a minute of voice can answer whole. */
export const VOICE_PROFILE = profileWith({
  requirements: LINES.filter(({ id }) => ['VRN-3', 'VRN-4', 'VRN-5', 'VRN-6'].includes(id)),
})

/** Nobody answers, so nobody signs. */
export function nobody(one: AgentRecord): AgentRecord {
  const { from, to } = one.window
  return {
    ...one,
    observations: [
      silent(3000, { farEnd: 'primary', from, to }),
      silent(3000, { farEnd: 'secondary', from, to }),
    ],
    evidence: (one.evidence ?? []).map((each) => ({
      ...{ ...each, receipts: [], oneSided: 'no-answer' as const },
    })),
  }
}

/** The way back from the primary data centre loses `lost` of the 3000 packets of a minute. */
export function lossy(one: AgentRecord, lost: number): AgentRecord {
  const { from, to } = one.window
  const of = (value: number) => marks([value, 3000 - lost])
  const octets = { tos: of(184), ttl: of(58) }
  const back = { loss: lossOf(lost), ...octets }
  return {
    ...one,
    observations: [
      stream({ farEnd: 'primary', from, to, out: octets, back }),
      stream({ farEnd: 'secondary', from, to }),
    ],
  }
}

/** A world with its outage: both data centres silent, unless `change` says something else. */
export function outageWorld(options: Partial<WorldOptions> = {}): BundleLine[] {
  const { change = (one: AgentRecord) => one } = options
  return worldLines({
    ...{ minutes: MINUTES, profile: VOICE_PROFILE, ...options },
    change: (one, minute) => change(OUT(minute) ? nobody(one) : one, minute),
  })
}

/** A world whose values of the site are a plan's that the log dates, a minute after its beginning. */
export function datedWorld(options: WorldOptions): BundleLine[] {
  const plan = { version: 1, from: START + MINUTE }
  const [site] = worldLines({ ...options, minutes: 0 }).filter((line) => line.kind === 'site')
  const valuesSha256 = sha256hex(Buffer.from(site?.values ?? ''))
  const named = { kind: 'plan', site: 'leeds', by: 'noc', sha256: 'a'.repeat(64) } as const
  const lines = worldLines({
    ...options,
    entries: (minute) => [
      ...(minute === 0 ? [{ ...named, ...plan, valuesSha256 }] : []),
      ...(options.entries?.(minute) ?? []),
    ],
  })
  const leaves = lines.filter(({ kind }) => kind === 'record' || kind === 'entry')
  const leaf = leaves.findIndex(
    (line) => line.kind === 'entry' && line.payload.includes('"kind":"plan"'),
  )
  return lines.flatMap((line): BundleLine[] =>
    line.kind === 'site'
      ? [
          { ...line, values: null },
          { ...line, plan: { ...plan, leaf } },
        ]
      : [line],
  )
}

export function keyOptions(): Pick<
  EligibilityOptions,
  'agentKey' | 'reflectorKey' | 'logKey' | 'witnessKey'
> {
  const { agent, reflector, log } = KEYS
  return {
    agentKey: agent.map(formatVkey),
    reflectorKey: reflector.map(formatVkey),
    logKey: log.map(formatVkey),
    witnessKey: [],
  }
}

export interface Told {
  readonly exit: number
  readonly text: string
  readonly found: Eligibility
}

/** Runs the command's own function on a bundle in a file, as a person would. */
export async function told(
  lines: readonly BundleLine[],
  change: Partial<EligibilityOptions> = {},
  nowMs = Date.now(),
): Promise<Told> {
  const bundle = join(temporaryDirectory(), 'leeds.bundle')
  writeFileSync(bundle, packBundle(lines))
  const options: EligibilityOptions = {
    ...{ site: 'leeds', outageRef: 'CASE-1', bundle, reference: 60 * MINUTE, ...keyOptions() },
    from: new Date(OUTAGE.from).toISOString(),
    to: new Date(OUTAGE.to).toISOString(),
    ...change,
  }
  const say = async (json: boolean) => {
    let text = ''
    const write = (part: string) => {
      text += part
    }
    return { exit: await runEligibility({ ...options, json }, write, nowMs), text }
  }
  const { exit, text } = await say(true)
  return { exit, text: (await say(false)).text, found: JSON.parse(text) }
}

/** The answer of one line at one place. */
export function answerFor(
  found: Eligibility,
  id: string,
  leg: ClauseAnswer['leg'],
  farEnd: ClauseAnswer['farEnd'],
): ClauseAnswer {
  const one = found.answers.find(
    (each) => each.id === id && each.leg === leg && each.farEnd === farEnd,
  )
  if (one === undefined) throw new Error(`no answer for ${id} ${leg} ${farEnd}`)
  return one
}
