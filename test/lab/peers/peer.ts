import type { Child } from '../child.ts'
import { eventually } from '../command.ts'
import type { Lab } from '../topology.ts'

/** A real program that runs in a namespace and is ready when its start function resolves. */
export interface Peer {
  readonly host: string
  readonly child: Child
}

/** Resolves when a process of `peer`'s namespace listens on the port; fails when it ended. */
export async function listening(
  lab: Lab,
  peer: Peer,
  protocol: 'udp' | 'tcp',
  port: number,
): Promise<void> {
  const flag = protocol === 'udp' ? '-Hlun' : '-Hltn'
  await eventually(`${protocol} port ${port} on ${peer.host}`, async () => {
    if (!peer.child.running) return 'ended'
    const { stdout } = await lab.run(peer.host, ['ss', flag, `sport = :${port}`])
    return stdout.trim() === '' ? undefined : 'listening'
  })
  if (!peer.child.running) throw new Error(`the peer ended:\n${peer.child.output().slice(-2000)}`)
}
