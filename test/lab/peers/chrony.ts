import { mkdirSync, writeFileSync } from 'node:fs'
import { requireProgram, runCommand } from '../command.ts'
import type { Lab } from '../topology.ts'
import { listening, type Peer } from './peer.ts'

export interface ChronyOptions {
  /** How far its time is ahead of this machine's, milliseconds; the machine's clock is untouched. */
  readonly offsetMs?: number
  readonly stratum?: number
}

/** An NTP server that serves the machine's time, or that time with an offset. Never sets a clock. */
export async function startChrony(
  lab: Lab,
  host: string,
  options: ChronyOptions = {},
): Promise<Peer> {
  const run = lab.file(`${host}-chrony`)
  mkdirSync(run, { mode: 0o750 })
  const config = `${run}/chrony.conf`
  writeFileSync(
    config,
    `local stratum ${options.stratum ?? 3}\nallow all\ncmdport 0\n` +
      `bindcmdaddress ${run}/chronyd.sock\npidfile ${run}/chronyd.pid\n`,
  )
  // -x: no control of the system clock, whatever the configuration says. -d: stay in front.
  const chronyd = [requireProgram('chronyd'), '-x', '-d', '-u', 'root', '-f', config]
  const child = lab.spawn(host, chronyd, { env: await shiftedClock(options.offsetMs ?? 0) })
  const peer = { host, child }
  await listening(lab, peer, 'udp', 123)
  return peer
}

/** What chronyd, as a client that sets nothing, makes of a server: seconds it would correct. */
export async function queryOffset(lab: Lab, from: string, server: string): Promise<number> {
  const { stdout, stderr } = await lab.run(
    from,
    [requireProgram('chronyd'), '-Q', '-t', '40', '-f', '/dev/null', `server ${server} iburst`],
    { mayFail: true },
  )
  const found = /System clock wrong by (-?[\d.]+) seconds/.exec(stdout + stderr)?.[1]
  if (found === undefined) throw new Error(`no answer from NTP server ${server}:\n${stderr}`)
  return Number(found)
}

async function shiftedClock(offsetMs: number): Promise<Readonly<Record<string, string>>> {
  if (offsetMs === 0) return {}
  const seconds = `${offsetMs < 0 ? '' : '+'}${offsetMs / 1000}`
  const faketime = requireProgram('faketime')
  const { stdout } = await runCommand([faketime, '-f', seconds, 'env'])
  const preload = /^LD_PRELOAD=(.*)$/m.exec(stdout)?.[1] ?? ''
  return { LD_PRELOAD: preload, FAKETIME: seconds, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
}
