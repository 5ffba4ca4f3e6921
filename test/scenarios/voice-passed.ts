import { eventually } from '../lab/command.ts'
import type { Lab } from '../lab/topology.ts'
import { LINK } from './story.ts'

/**
 * Waits until the router has forwarded this many packets more, both legs and all far ends together:
 * how a story acts in the middle of a run without guessing when the run began. A call to one far end
 * is 100 of them a second.
 */
export async function voicePassed(lab: Lab, packets: number, link = LINK): Promise<void> {
  const before = await passed(lab, link)
  await eventually(
    `${packets} packets through ${link}`,
    async () => ((await passed(lab, link)) - before >= packets ? true : undefined),
    60_000,
  )
}

async function passed(lab: Lab, link: string): Promise<number> {
  const { out, back } = await lab.router(link).counters()
  return out.forwarded + back.forwarded
}
