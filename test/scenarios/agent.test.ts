import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import { eventually } from '../lab/command.ts'
import { labObstacle, labTest } from '../lab/scenario.ts'
import { createLab, type Lab } from '../lab/topology.ts'
import { addressOf, LINK, type Reflectors, startReflectors, VOIP_READY } from './story.ts'

const LEGS = ['out', 'back'] as const
/** Enough for an agent to begin on a busy host; of the wait for the border it is no more. */
const BEFORE_BORDER_MS = 12_000
const AFTER_BORDER_MS = 4000
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('the agent, all the time', () => {
  let lab: Lab | undefined
  beforeAll(async () => {
    if (labObstacle() === undefined) lab = await createLab({ impaired: [LINK] })
  })
  afterAll(async () => await lab?.destroy())

  labTest(
    'two minutes under loss add up to the truth, and reach a collector that was down meanwhile',
    async () => {
      if (lab === undefined) throw new Error('the lab did not start')
      const reflectors = await startReflectors(lab)
      const rules = [
        { leg: 'out', match: { rtp: true }, delayMs: 30, loss: { kind: 'random', ratio: 0.05 } },
        { leg: 'back', match: { rtp: true }, delayMs: 30, loss: { kind: 'random', ratio: 0.03 } },
        { delayMs: 30 },
      ] as const
      await lab.router(LINK).impair(rules)
      const files = await filesOf(lab, reflectors)
      await pause((120_000 - BEFORE_BORDER_MS - (Date.now() % 60_000)) % 60_000)
      const agent = startAgent(lab, files)
      await pause(BEFORE_BORDER_MS + AFTER_BORDER_MS)
      const waiting = await eventually('a record in the spool', () => {
        const names = existsSync(files.pending) ? readdirSync(files.pending) : []
        return names.length > 0 ? names : undefined
      })
      expect(waiting).toHaveLength(1)
      expect(await agent.stop('SIGTERM')).toBe(0)
      const records = recordsIn(files.pending)
      expectTruth(records, await lab.router(LINK).truth())

      const { collector, url } = await startCollector(lab, files)
      const again = startAgent(lab, files)
      await eventually('an empty spool', () => readdirSync(files.pending).length === 0 || undefined)
      await again.stop('SIGTERM')
      const kept = await lab.run('site', ['curl', '-fsS', `${url}/metrics`])
      const stored = /^voipready_collector_records_total\{outcome="stored"\} (\d+)$/m.exec(
        kept.stdout,
      )?.[1]
      // Those two, and what the agent measured while it delivered them.
      expect(Number(stored)).toBeGreaterThanOrEqual(records.length)
      await collector.stop('SIGTERM')
    },
    240_000,
  )
})

interface Files {
  readonly site: string
  readonly sites: string
  readonly spool: string
  readonly pending: string
  readonly tokens: string
  readonly tokenFile: string
  readonly data: string
}

async function filesOf(lab: Lab, reflectors: Reflectors): Promise<Files> {
  const at = (name: string) => lab.file(name)
  const files = {
    ...{ site: at('sites/lab.yaml'), sites: at('sites'), spool: at('spool') },
    ...{ pending: at('spool/pending'), tokens: at('tokens.json'), tokenFile: at('agent.token') },
    data: at('collector'),
  }
  const [reflector, port] = addressOf(lab, 'primary').split(':')
  mkdirSync(files.sites)
  const far = `  primary: { reflector: "${reflector}", port: ${port}, key: "${reflectors.key}" }`
  const head = ['format: voip-ready/site/1', 'site: lab', 'profile: pureconnect-rcm', 'farEnds:']
  writeFileSync(files.site, `${[...head, far].join('\n')}\n`)
  const add = ['collector', 'tokens', 'add', '--agent', 'lab', '--site', 'lab']
  const { stdout } = await lab.run('site', [...VOIP_READY, ...add, '--tokens', files.tokens])
  writeFileSync(files.tokenFile, `${/vr_\S+/.exec(stdout)?.[0]}\n`)
  return files
}

function startAgent(lab: Lab, { site, tokenFile, spool }: Files) {
  const where = ['--collector', 'http://127.0.0.1:8460', '--token-file', tokenFile]
  return lab.spawn('site', [...VOIP_READY, 'agent', '--site', site, ...where, '--spool', spool])
}

async function startCollector(lab: Lab, { sites, tokens, data }: Files) {
  const url = 'http://127.0.0.1:8460'
  const options = ['--data', data, '--tokens', tokens, '--sites', sites]
  const collector = lab.spawn('site', [...VOIP_READY, 'collector', ...options])
  await eventually('a collector', async () => {
    await lab.run('site', ['curl', '-fsS', `${url}/readyz`])
    return true
  })
  return { collector, url }
}

function recordsIn(folder: string): AgentRecord[] {
  return readdirSync(folder)
    .sort()
    .map((name) => recordOf(readFileSync(join(folder, name), 'utf8')))
}

/** The record inside its envelope. */
function recordOf(text: string): AgentRecord {
  const envelope = JSON.parse(text) as { readonly payload?: string }
  if (envelope.payload === undefined) return envelope as unknown as AgentRecord
  return JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8')) as AgentRecord
}

/** Every packet of the router's log is in one window, once, with its fate. */
function expectTruth(
  records: readonly AgentRecord[],
  truth: Awaited<ReturnType<ReturnType<Lab['router']>['truth']>>,
): void {
  const windows = records.flatMap((record) =>
    record.observations.filter((o): o is StreamObservation => o.kind === 'stream'),
  )
  expect(windows).toHaveLength(2)
  expect(windows[0]?.to).toBe(windows[1]?.from)
  expect((windows[0]?.to ?? 1) % 60_000).toBe(0)
  for (const leg of LEGS) {
    const sum = { sent: 0, lost: 0, unattributed: 0 }
    for (const { legs } of windows) {
      sum.sent += legs[leg].loss.expected
      sum.lost += legs[leg].loss.lost
      sum.unattributed += legs[leg].loss.unattributed
    }
    const { sent, lost } = truth.leg({ leg, port: 4000 })
    expect({ leg, ...sum }).toEqual({ leg, sent, lost, unattributed: 0 })
  }
}
