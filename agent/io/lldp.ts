import { execFile } from 'node:child_process'

/** What lldpd's own client said, or why it said nothing. */
export type LldpAnswer =
  | { readonly state: 'read'; readonly text: string }
  | { readonly state: 'no-program' | 'no-daemon' | 'not-permitted' }

const WITHIN_MS = 4000
const MOST_BYTES = 4 << 20

/**
 * Asks the lldpd of this host for its neighbours, as JSON (lldpcli(8); `json0` always has the same
 * shape). @param socket its control socket, where that is not the usual one
 */
export function readLldp(socket?: string): Promise<LldpAnswer> {
  const where = socket === undefined ? [] : ['-u', socket]
  const args = [...where, '-f', 'json0', 'show', 'neighbors', 'details']
  const limits = { timeout: WITHIN_MS, maxBuffer: MOST_BYTES, killSignal: 'SIGKILL' as const }
  return new Promise((resolve) => {
    execFile('lldpcli', args, { ...limits, env: pathWithSbin() }, (error, stdout, stderr) => {
      if (error === null) return resolve({ state: 'read', text: stdout })
      if (error.code === 'ENOENT') return resolve({ state: 'no-program' })
      const denied = /permission/i.test(stderr)
      resolve({ state: denied ? 'not-permitted' : 'no-daemon' })
    })
  })
}

/** lldpcli lives in sbin, which a service's path often leaves out. */
function pathWithSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/local/sbin` }
}
