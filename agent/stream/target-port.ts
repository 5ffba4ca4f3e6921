import { CONTROL_MAX } from '../../shared/wire/control.ts'
import { CODECS } from '../../shared/wire/rtp.ts'
import type { Engine, Peer, Port } from '../engine/types.ts'
import { CONTROL_TAG } from './sender.ts'
import type { SessionWants } from './session-news.ts'
import type { StreamPlan, StreamTarget } from './types.ts'

/** The one socket of a far end: of its address family, marked from the first datagram on. */
export function openStreamPort(engine: Engine, plan: StreamPlan, target: StreamTarget): Port {
  const any = target.address.includes(':') ? '::' : '0.0.0.0'
  const address = plan.localAddress ?? any
  const tos = target.dscp << 2
  const avoid = plan.avoidPorts ?? []
  return engine.openPort({ address, port: 0, avoid, tos, maxDatagram: CONTROL_MAX + 1, batch: 64 })
}

export function sendControl(port: Port, peer: Peer, datagram: Uint8Array): void {
  const at = port.stage(peer, datagram.length, CONTROL_TAG)
  if (at < 0) return
  port.outgoing.set(datagram, at)
  port.flush()
}

/** What a session must grant for the calls of a far end. */
export function wantsOf({ key, calls, codec, dscp }: StreamTarget): SessionWants {
  return { key, streams: calls, payloadBytes: CODECS[codec].payloadBytes, tos: dscp << 2 }
}
