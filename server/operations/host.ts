import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { mostConnections } from '../connections.ts'
import { openFiles } from '../open-files.ts'
import { type Checkup, good, lacking } from './checkup.ts'

const ASK_MS = 3000
/** Agents keep their connections open: one waits for work, one brings records. */
const CONNECTIONS_PER_AGENT = 2
const FEW_FILES = 4096

export type Ask = (program: string, args: readonly string[]) => Promise<string | null>

/** What a program of the host prints; null when it is not there, fails, or takes too long. */
export const askHost: Ask = (program, args) =>
  new Promise((resolve) => {
    const done = (error: Error | null, out: string) => resolve(error === null ? out : null)
    execFile(program, [...args], { timeout: ASK_MS, env: { ...process.env, LC_ALL: 'C' } }, done)
  })

/**
 * Whether the host's clock is synchronised, by chrony's word, else systemd's. The kernel's own state
 * (adjtimex) is out of reach here, so no error bound can be told, and where neither answers nothing is
 * known.
 */
export async function checkClock(ask: Ask): Promise<Checkup> {
  const name = 'clock'
  const repair =
    'synchronise the host with NTP (chrony); silence and receipts are judged by this clock'
  const chrony = (await ask('chronyc', ['-c', 'tracking']))?.trim().split(',')
  if (chrony !== undefined && chrony.length >= 14) {
    const found = `chrony: ${chrony[4]} s off, leap status ${chrony[13]}`
    return chrony[13] === 'Not synchronised'
      ? lacking(name, 'doubtful', found, repair)
      : good(name, found)
  }
  const systemd = await ask('timedatectl', ['show', '--property=NTPSynchronized'])
  const [, answer] = /^NTPSynchronized=(yes|no)$/m.exec(systemd ?? '') ?? []
  if (answer === 'yes') return good(name, 'systemd: synchronised; it does not tell how well')
  if (answer === 'no') return lacking(name, 'doubtful', 'systemd: not synchronised', repair)
  const found = 'neither chronyc nor timedatectl tells; a container has the clock of its host'
  return lacking(name, 'unknown', found, `look on the host itself; ${repair}`)
}

/**
 * @param running a collector runs on the data directory: then a port in use is its own; null: its records
 *   are in a PostgreSQL, and whether one runs here cannot be told
 */
export function checkPort(host: string, port: number, running: boolean | null): Promise<Checkup> {
  const name = 'port'
  const where = `${host}:${port}`
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' && running) {
        resolve(good(name, `${where} is in use, and a collector runs on this data directory`))
        return
      }
      if (error.code === 'EADDRINUSE' && running === null) {
        const repair =
          'well, if that is this collector; else stop what listens there, or choose another port with --listen'
        resolve(lacking(name, 'unknown', `${where} is in use`, repair))
        return
      }
      const repair =
        error.code === 'EADDRINUSE'
          ? 'stop what listens there, or choose another port with --listen'
          : 'choose an address of this host, and a port from 1024 on, with --listen'
      resolve(lacking(name, 'broken', `${where}: ${error.code}`, repair))
    })
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => resolve(good(name, `${where} is free`)))
    })
  })
}

/** @param limits text of /proc/self/limits; null: not this kind of system */
export function judgeOpenFiles(limits: string | null): Checkup {
  const name = 'open files'
  const files = openFiles(limits)
  const most = mostConnections(files)
  if (files === null || most === null) {
    return lacking(name, 'unknown', 'this system has no /proc/self/limits', 'see ulimit -n')
  }
  const agents = Math.floor(most / CONNECTIONS_PER_AGENT)
  const found = Number.isFinite(files) ? `${files}: enough for ${agents} agents` : 'no limit'
  if (files >= FEW_FILES) return good(name, found)
  const repair = 'raise it where more are to come (LimitNOFILE in the unit, ulimit -n)'
  return lacking(name, 'doubtful', found, repair)
}
