import { mkdirSync } from 'node:fs'
import { eventually, requireProgram, runCommand } from '../command.ts'
import type { Lab } from '../topology.ts'
import type { Peer } from './peer.ts'

export interface Postgres extends Peer {
  /** By TCP, for programs on any host of the lab. */
  readonly url: string
  /** By the socket file, for the test itself: a namespace does not hide files. */
  readonly socketUrl: string
}

/** PostgreSQL on a fresh cluster, without passwords, run by a user that is not root. */
export async function startPostgres(lab: Lab, host: string, port = 5432): Promise<Postgres> {
  const user = await unprivilegedUser()
  const folder = lab.file(`${host}-postgres`)
  mkdirSync(folder)
  await runCommand(['chown', user, folder])
  const as = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--']
  await runCommand([
    ...as,
    requireProgram('initdb'),
    ...['-D', `${folder}/data`, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    '--locale=C',
  ])
  const child = lab.spawn(host, [
    ...[...as, requireProgram('postgres'), '-D', `${folder}/data`, '-k', folder, '-p', `${port}`],
    ...['-c', 'listen_addresses=*', '-c', `hba_file=${await openToLab(folder, as)}`],
  ])
  await eventually('PostgreSQL accepts connections', async () => {
    if (!child.running) throw new Error(`postgres ended:\n${child.output().slice(-2000)}`)
    await runCommand([requireProgram('pg_isready'), '-q', '-h', folder, '-p', `${port}`])
    return true
  })
  const socketUrl = `postgres://postgres@/postgres?host=${encodeURIComponent(folder)}&port=${port}`
  const { ipv4 } = lab.address(host)
  return { host, child, url: `postgres://postgres@${ipv4}:${port}/postgres`, socketUrl }
}

async function openToLab(folder: string, as: readonly string[]): Promise<string> {
  const file = `${folder}/pg_hba.conf`
  const rules = 'local all all trust\nhost all all all trust\n'
  await runCommand([...as, 'tee', file], { input: rules })
  return file
}

async function unprivilegedUser(): Promise<string> {
  const { code } = await runCommand(['id', '-u', 'postgres'], { mayFail: true })
  return code === 0 ? 'postgres' : 'nobody'
}
