import { dirname, join, resolve } from 'node:path'
import { Fault } from '../../shared/errors.ts'
import type { AgentOptions } from '../cli/agent.ts'
import { loadCredentials } from '../enrol/identity.ts'
import { LiveCredentials } from '../enrol/live-credentials.ts'
import { collectorUrl, tokenReader } from './collector.ts'

/** How the agent stands to its collector: by the identity that it enrolled, or by a token. */
export interface Standing {
  /** Where records go. */
  readonly url: URL
  /** SHA-256 of the collector's public key (base64url); null: the system's authorities are asked. */
  readonly pin: string | null
  /** The token of the moment; null where signatures speak for the agent alone. */
  readonly readToken: () => string | null
  /** Null where it never enrolled. */
  readonly live: LiveCredentials | null
  /** Folder of identity, key and plan. */
  readonly state: string
  /** Folder of the spool. */
  readonly spool: string
}

/**
 * Reads who the agent is. An enrolled one needs neither collector nor token on its command line; one
 * that never enrolled needs both.
 * @throws Fault USAGE naming what is missing; CONFIG_* for an identity or token that cannot be read
 */
export function standingOf(options: AgentOptions): Standing {
  const { state, spool } = foldersOf(options)
  const credentials = loadCredentials(state)
  const identity = credentials?.identity
  const collector = options.collector ?? identity?.collector
  const tokenMissing = options.tokenFile === undefined && identity === undefined
  if (collector === undefined || tokenMissing) {
    const wanted = '--collector and --token-file, or an enrolled identity'
    const repair =
      'enrol first: voip-ready agent enrol URL#TOKEN --state DIR; then name that --state'
    throw new Fault('USAGE', 'arguments', wanted, `no identity in ${state}`, repair)
  }
  const url = collectorUrl(collector)
  const readToken = options.tokenFile === undefined ? () => null : tokenReader(options.tokenFile)
  readToken()
  return {
    ...{ url, pin: identity?.pin ?? null, readToken, state, spool },
    live: credentials === null ? null : new LiveCredentials(credentials),
  }
}

/** True when the collector's plan says what to do: asked for, or enrolled and no site file named. */
export function followsPlan(options: AgentOptions, { live, state }: Standing): boolean {
  const enrolled = live !== null
  if (options.plan === true && options.site !== undefined) {
    throw new Fault('USAGE', 'arguments', '--plan or --site', 'both', 'leave one out')
  }
  if (options.site !== undefined) return false
  if (enrolled) return true
  const wanted = '--site FILE, or an enrolled identity to follow a plan with'
  throw new Fault('USAGE', 'arguments', wanted, `no --site, and no identity in ${state}`)
}

function foldersOf(options: AgentOptions): { readonly state: string; readonly spool: string } {
  const { state, spool } = options
  if (spool !== undefined) return { state: state ?? dirname(resolve(spool)), spool }
  if (state !== undefined) return { state, spool: join(state, 'spool') }
  throw new Fault('USAGE', 'arguments', '--spool DIR, or --state DIR', 'neither')
}
