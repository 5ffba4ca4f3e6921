import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { run, start, startReflector } from '../support/program.ts'

/** A collector as a process, with its ledger. */
export async function collecting(more: readonly string[]) {
  const running = start(['--json', 'collector', ...more])
  const said = await running.says(/"url":"[^"]+"/)
  return { ...running, url: /"url":"([^"]+)"/.exec(said)?.[1] ?? '' }
}

/** Enrols an agent of the site `faulty`; its identity is in `state` then. */
export async function enrol(
  data: string,
  state: string,
  url: string,
  agent = 'one',
): Promise<void> {
  const asked = ['enrol', 'create', '--site', 'faulty', '--agent', agent, '--url', url]
  const made = await run(['--json', 'collector', ...asked, '--data', data])
  const { invitation } = JSON.parse(made.out)
  const done = await run(['agent', 'enrol', invitation, '--state', state])
  expect(done.code, done.err).toBe(0)
}

/** A site file with one far end: a reflector of its own. */
export async function siteFile(folder: string): Promise<string> {
  const reflector = await startReflector(folder)
  const farEnds = { primary: { reflector: '127.0.0.1', port: reflector.port, key: reflector.key } }
  const site = { format: 'voip-ready/site/1', site: 'faulty', profile: 'pureconnect-rcm', farEnds }
  writeFileSync(join(folder, 'site.yaml'), JSON.stringify(site))
  return join(folder, 'site.yaml')
}

interface LedgerAnswer {
  readonly vkey: string
  readonly size: number
  readonly unsequenced: number
}

/** What a collector says of its log: GET /api/v1/ledger. */
export const json = async (url: string) => (await (await fetch(url)).json()) as LedgerAnswer

/** An agent looks for the log at its start, and then not for most of a minute: there is to be one to see. */
export const signed = (url: string) =>
  eventually('a signed checkpoint', async () => {
    return (await fetch(`${url}/api/v1/ledger/checkpoint`)).status === 200
  })

export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 180_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
