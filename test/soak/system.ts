import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Child } from '../lab/child.ts'
import { createLab, type Lab } from '../lab/topology.ts'
import { FAR_ENDS } from './plan.ts'

const PROGRAM = fileURLToPath(new URL('../../agent/main.js', import.meta.url))
const COLLECTOR_HOST = 'dc1'
const COLLECTOR_PORT = 8460

/** The whole system in the lab: two reflectors, a collector behind the impaired link, an agent. */
export interface System {
  readonly lab: Lab
  readonly processes: ReadonlyMap<string, Child>
  /** Folders of the agent's spool and the collector's data. */
  readonly spool: string
  readonly data: string
  /** The collector's answer to a GET, as JSON; null when it gave none. */
  ask(path: string): Promise<unknown>
}

/** Builds the lab and starts everything; the agent measures when this resolves. */
export async function startSystem(seed: number, maxSeconds: number): Promise<System> {
  const lab = await createLab({ impaired: ['r2-r3'], seed, maxSeconds })
  try {
    const processes = new Map<string, Child>()
    const keys = await startReflectors(lab, processes)
    const tokens = lab.file('tokens.json')
    const agentToken = await addToken(lab, tokens, ['--agent', 'soak', '--site', 'soak'])
    const viewer = await addToken(lab, tokens, ['--viewer', 'soak'])
    const [data, spool] = [lab.file('data'), lab.file('spool')]
    const url = `http://${lab.address(COLLECTOR_HOST).ipv4}:${COLLECTOR_PORT}`
    const listen = ['--listen', url.slice('http://'.length), '--insecure-http', '--data', data]
    const options = [...listen, '--tokens', tokens]
    const collector = lab.spawn(COLLECTOR_HOST, program('--json', 'collector', ...options))
    await collector.until(/"msg":"listening"/)
    processes.set('collector', collector)
    writeFileSync(lab.file('token'), agentToken)
    writeFileSync(lab.file('site.yaml'), siteFile(lab, keys))
    const agent = lab.spawn(
      'site',
      program(
        ...['agent', '--site', lab.file('site.yaml'), '--spool', spool],
        ...['--collector', url, '--token-file', lab.file('token')],
      ),
    )
    await agent.until(/the far end answers(.|\n)*the far end answers/)
    processes.set('agent', agent)
    const ask = (path: string) => askFrom(lab, `${url}${path}`, viewer)
    return { lab, processes, spool, data, ask }
  } catch (error) {
    await lab.destroy()
    throw error
  }
}

const program = (...args: readonly string[]) => [process.execPath, PROGRAM, ...args]

async function startReflectors(lab: Lab, processes: Map<string, Child>) {
  const keys = new Map<string, string>()
  for (const { name, host, port } of FAR_ENDS) {
    const file = lab.file(`${name}-keys.json`)
    const made = await lab.run(host, program('reflector', 'keys', 'add', 'soak', '--keys', file))
    keys.set(name, made.stdout.trim())
    const listen = `${lab.address(host).ipv4}:${port}`
    const run = program('reflector', 'run', '--listen', listen, '--keys', file)
    const reflector = lab.spawn(host, run)
    await reflector.until(/listening/)
    processes.set(`reflector ${name}`, reflector)
  }
  return keys
}

async function addToken(lab: Lab, tokens: string, who: readonly string[]): Promise<string> {
  const add = program('--json', 'collector', 'tokens', 'add', ...who, '--tokens', tokens)
  return JSON.parse((await lab.run(COLLECTOR_HOST, add)).stdout).token
}

/** JSON is YAML. */
function siteFile(lab: Lab, keys: ReadonlyMap<string, string>): string {
  const farEnds = Object.fromEntries(
    FAR_ENDS.map(({ name, host, port }) => [
      name,
      { reflector: lab.address(host).ipv4, port, key: keys.get(name) },
    ]),
  )
  const head = { format: 'voip-ready/site/1', site: 'soak', profile: 'pureconnect-rcm' }
  return JSON.stringify({ ...head, farEnds })
}

const ASK = `const [url, token] = process.argv.slice(1)
fetch(url, { headers: { authorization: 'Bearer ' + token } })
  .then((answer) => answer.text()).then((text) => process.stdout.write(text))`

/** This process is outside the lab, so a short-lived one inside asks for it. */
async function askFrom(lab: Lab, url: string, token: string): Promise<unknown> {
  const argv = [process.execPath, '-e', ASK, url, token]
  const { code, stdout } = await lab.run(COLLECTOR_HOST, argv, { mayFail: true })
  return code === 0 ? (JSON.parse(stdout) as unknown) : null
}
