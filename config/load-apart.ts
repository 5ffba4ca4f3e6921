import { execFile } from 'node:child_process'
import { argv, execPath, stdout } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { FAULTS, Fault, type FaultCode } from '../shared/errors.ts'
// Types only: the loaders and their schemas are imported where they are used, which is the child.
import type { LoadedProfile, LoadedSite, LoadOptions } from './load.ts'

/**
 * The loaders in a process of their own that ends at once, for a program that runs for months and
 * should keep none of the memory that parsing needs. Same results, same Faults. What it saves and
 * costs is measured in config/README.md. Where no process can be started, this one does the work.
 */
export async function loadSiteApart(path: string, options: LoadOptions = {}): Promise<LoadedSite> {
  const loaded = await runChild('site', path, options)
  if (loaded !== null) return loaded as LoadedSite
  const { loadSite } = await import('./load.ts')
  return loadSite(path, options)
}

/** As {@link loadSiteApart}, for a profile alone. */
export async function loadProfileApart(
  nameOrPath: string,
  options: LoadOptions = {},
): Promise<LoadedProfile> {
  const loaded = await runChild('profile', nameOrPath, options)
  if (loaded !== null) return loaded as LoadedProfile
  const { loadProfile } = await import('./load.ts')
  return loadProfile(nameOrPath, options)
}

/** What the child prints: one line of JSON. */
type Answer =
  | { readonly loaded: LoadedSite | LoadedProfile }
  | { readonly fault: { readonly code: FaultCode; readonly message: string } }

/** Far above any honest answer; a child that hangs is ended. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024
const MAX_WAIT_MS = 20_000

/** Null when the child gave no answer, for whatever reason: the caller then does the work itself. */
async function runChild(
  kind: 'site' | 'profile',
  name: string,
  options: LoadOptions,
): Promise<unknown> {
  const answer = await new Promise<Answer | null>((resolve) => {
    const bounds = { maxBuffer: MAX_ANSWER_BYTES, timeout: MAX_WAIT_MS, windowsHide: true }
    const parameters = [compiledFile(), kind, name, options.from ?? '.']
    execFile(execPath, parameters, bounds, (error, text) => {
      resolve(error === null ? parseAnswer(text) : null)
    })
  })
  if (answer === null) return null
  if ('loaded' in answer) return answer.loaded
  const { code, message } = answer.fault
  throw Object.assign(new Fault(code, name, '', ''), { message })
}

function parseAnswer(text: string): Answer | null {
  try {
    return JSON.parse(text) as Answer
  } catch {
    return null
  }
}

/** This file as compiled: Node 20 cannot run the source under a test runner. */
function compiledFile(): string {
  const here = import.meta.url
  const compiled = here.endsWith('.ts') ? new URL('../dist/config/load-apart.js', here) : here
  return fileURLToPath(compiled)
}

/** The child's side. Anything but a Fault ends it without an answer, and with its stack on stderr. */
async function answer(kind: string, name: string, from: string): Promise<Answer> {
  try {
    const { loadProfile, loadSite } = await import('./load.ts')
    const load = kind === 'site' ? loadSite : loadProfile
    return { loaded: await load(name, { from }) }
  } catch (error) {
    if (!(error instanceof Fault) || !(error.code in FAULTS)) throw error
    return { fault: { code: error.code, message: error.message } }
  }
}

const [, script, kind, name, from] = argv
if (script !== undefined && import.meta.url === pathToFileURL(script).href && name !== undefined) {
  stdout.write(JSON.stringify(await answer(kind ?? '', name, from ?? '.')))
}
