import { eventually, requireProgram } from '../command.ts'
import type { Lab } from '../topology.ts'
import type { Peer } from './peer.ts'

export interface LldpOptions {
  /** Interface of the host, that is: the neighbour it leads to. */
  readonly iface: string
  /** LLDP-MED network policy for voice (ANSI/TIA-1057). */
  readonly voice: { readonly vlan: number; readonly priority: number; readonly dscp: number }
}

/** lldpcli takes the names of the 802.1p values, by their number. */
const PRIORITIES = [
  'best-effort',
  'background',
  'excellent-effort',
  'critical-applications',
  'video',
  'voice',
  'internetwork-control',
  'network-control',
] as const

/** A switch that announces its voice VLAN and mark by LLDP-MED, at once and every second. */
export async function startLldpd(lab: Lab, host: string, options: LldpOptions): Promise<Peer> {
  const socket = lab.file(`${host}-lldpd.sock`)
  // -M 4: a network connectivity device; -d: stay in front; -I: this interface though it is virtual.
  const child = lab.spawn(host, [
    requireProgram('lldpd'),
    ...['-d', '-u', socket, '-I', options.iface, '-M', '4'],
  ])
  const { vlan, priority, dscp } = options.voice
  const control = (...words: readonly string[]) =>
    lab.run(host, [requireProgram('lldpcli'), '-u', socket, ...words])
  await eventually('lldpd knows its interface', async () => {
    if (!child.running) throw new Error(`lldpd ended:\n${child.output().slice(-2000)}`)
    const { stdout } = await control('show', 'interfaces', 'ports', options.iface)
    return stdout.includes(options.iface) ? true : undefined
  })
  await control('configure', 'lldp', 'tx-interval', '1')
  await control(
    ...['configure', 'ports', options.iface, 'med', 'policy', 'application', 'voice', 'tagged'],
    ...['vlan', `${vlan}`, 'priority', PRIORITIES[priority] ?? `${priority}`, 'dscp', `${dscp}`],
  )
  await control('update')
  return { host, child }
}
