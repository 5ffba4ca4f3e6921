import { join } from 'node:path'
import { loadProfile } from '../../../config/load.ts'
import { freePort } from '../../support/free-port.ts'
import {
  type Running,
  run,
  start,
  startReflector,
  type TestReflector,
} from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

export interface RunState {
  readonly id: string
  readonly state: string
  readonly why: string
  readonly agent: string | null
  readonly result: null | {
    readonly overall: string
    readonly findings: readonly { readonly id: string; readonly verdict: string }[]
    readonly observations: readonly {
      readonly kind: string
      readonly calls?: number
      readonly farEnd?: string
    }[]
    readonly stoppedEarly: boolean
    readonly summary: string
  }
  readonly judged: null | {
    readonly overall: string
    readonly findings: readonly { readonly id: string }[]
  }
}

interface Reply {
  readonly status: number
  readonly body: { readonly [key: string]: unknown }
}

/** A collector, a reflector and an enrolled agent, each a process of its own, and an administrator. */
export interface EnrolledSite {
  readonly url: string
  readonly state: string
  readonly reflector: TestReflector
  readonly admin: string
  readonly folder: string
  api(
    method: string,
    path: string,
    json?: unknown,
    headers?: Record<string, string>,
  ): Promise<Reply>
  plan(change?: object): Promise<object>
  /** Puts the next version of the plan. */
  put(plan: object): Promise<Reply>
  ask(json: object): Promise<string>
  run(id: string): Promise<RunState>
  /** Waits for the run to be in one of these states. */
  until(id: string, ...states: readonly string[]): Promise<RunState>
  startAgent(...more: readonly string[]): Running
  readonly collector: Running
  startCollector(): Promise<Running>
}

export async function enrolledSite(): Promise<EnrolledSite> {
  const folder = temporaryDirectory()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const [state, data] = [join(folder, 'agent'), join(folder, 'data')]
  const where = ['--listen', `127.0.0.1:${port}`, '--data', data]
  const startCollector = async () => {
    const running = start(['collector', ...where, '--read-access', 'token'])
    await running.says(/listening/)
    return running
  }
  const collector = await startCollector()
  const reflector = await startReflector(folder)
  const token = await run(['collector', 'tokens', 'add', '--admin', 'boss', '--data', data])
  const admin = token.out.trim()
  const made = await run(['collector', 'enrol', 'create', '--site', 'leeds', ...where])
  const line = /'([^']+)'/.exec(made.out)?.[1] ?? ''
  const enrolled = await run(['agent', 'enrol', line, '--state', state, '--name', 'leeds-1'])
  if (enrolled.code !== 0) throw new Error(enrolled.err)
  const api: EnrolledSite['api'] = async (method, path, json, headers = {}) => {
    const type = json === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/api/v1${path}`, {
      ...{ method, headers: { authorization: `Bearer ${admin}`, ...type, ...headers } },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? {} : JSON.parse(text) }
  }
  const look = async (id: string) =>
    (await api('GET', `/sites/leeds/runs/${id}`)).body as unknown as RunState
  const site: EnrolledSite = {
    ...{ url, state, reflector, admin, folder, api, collector, startCollector },
    async plan(change = {}) {
      const { profile, sha256 } = await loadProfile('pureconnect-rcm')
      const { id, version } = profile
      const end = { reflector: '127.0.0.1', port: reflector.port, key: reflector.key }
      return {
        format: 'voip-ready/plan/1',
        site: {
          ...{ format: 'voip-ready/site/1', site: 'leeds', profile: id },
          farEnds: { primary: end, secondary: end },
        },
        profile: { id, version, sha256 },
        // Loopback alone: the other checks would ask the network around this machine.
        schedule: { checksEveryMs: null },
        ...change,
      }
    },
    async put(plan) {
      const held = await fetch(`${url}/api/v1/sites/leeds/plan`, {
        headers: { authorization: `Bearer ${admin}` },
      })
      const tag = held.headers.get('etag')
      return api('PUT', '/sites/leeds/plan', plan, tag === null ? {} : { 'if-match': tag })
    },
    async ask(json) {
      const asked = await api('POST', '/sites/leeds/runs', json)
      if (asked.status !== 202) throw new Error(JSON.stringify(asked.body))
      return String(asked.body.id)
    },
    run: look,
    async until(id, ...states) {
      for (let tries = 0; ; tries++) {
        const now = await look(id).catch(() => null)
        if (now !== null && states.includes(now.state)) return now
        if (tries > 1800) throw new Error(`never ${states}: ${JSON.stringify(now)}`)
        await new Promise((done) => setTimeout(done, 100))
      }
    },
    startAgent: (...more) => start(['agent', '--state', state, ...more]),
  }
  return site
}
