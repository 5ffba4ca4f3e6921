import type { Leg } from '../lab/router/impairment.ts'
import type { PacketTruth } from '../lab/router/truth-log.ts'
import type { Story } from './story.ts'

/** A stream has more packets than a trace of the path, which looks like one. */
const FEWEST_OF_A_STREAM = 40

/** The packets of the calls of a story's primary far end, whatever sessions carried them. */
export function voicePackets(story: Story, leg: Leg): readonly PacketTruth[] {
  const bySsrc = new Map<number, PacketTruth[]>()
  for (const packet of story.log().select(story.selection(leg))) {
    const ssrc = packet.rtp?.ssrc ?? -1
    bySsrc.set(ssrc, [...(bySsrc.get(ssrc) ?? []), packet])
  }
  return [...bySsrc.values()].filter((stream) => stream.length >= FEWEST_OF_A_STREAM).flat()
}

/** How many of them came to the router, and how many it dropped. */
export function voiceTruth(story: Story, leg: Leg): { sent: number; lost: number } {
  const packets = voicePackets(story, leg)
  return { sent: packets.length, lost: packets.filter((p) => p.outNs === undefined).length }
}
