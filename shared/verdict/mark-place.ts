import type { FarEndName } from '../profile/site.ts'
import { pathsOf } from '../record/kinds.ts'
import type { PathObservation } from '../record/path.ts'
import { dscpCounts, dscpName } from './dscp-name.ts'
import { changeText, ownersOf } from './path-text.ts'
import { joinDetail, type LegName } from './ruling.ts'
import type { Scene } from './scene.ts'
import { type Border, bordersOf } from './segment-scene.ts'

/** Where a mark was seen to change, in words, and what to do there. */
export interface MarkPlace {
  readonly detail: string
  readonly advice: string
}

export type MarkPlaces = (farEnd: FarEndName, leg: LegName) => MarkPlace | null

/**
 * Where the mark is lost on each leg: the hop pair of a path trace (out only, since routers on the way
 * back cannot be asked from here), and the segment between two borders that have reflectors.
 */
export function markPlaces(scene: Scene, dscp: number): MarkPlaces {
  return (farEnd, leg) => {
    const hop = leg === 'out' ? hopPlace(scene, farEnd, dscp) : null
    const segment = segmentPlace(bordersOf(scene, farEnd), leg, dscp)
    if (hop === null) return segment
    if (segment === null) return hop
    return { detail: joinDetail(hop.detail, segment.detail), advice: hop.advice }
  }
}

function hopPlace(scene: Scene, farEnd: FarEndName, dscp: number): MarkPlace | null {
  const seen = newest(pathsOf(scene.observations).filter((path) => path.farEnd === farEnd))
  const change = seen?.changes.find(({ from }) => from === dscp)
  if (change === undefined) return null
  const who = ownersOf(change)
  const ask = who === null ? 'trust' : `ask ${who} to trust`
  const between = changeText(change).replace(/^.*? between /, 'between ')
  return {
    detail: `path: ${changeText(change)}`,
    advice: `${ask} ${dscpName(dscp)} ${between}`,
  }
}

function newest(paths: readonly PathObservation[]): PathObservation | undefined {
  return paths.filter(({ hops }) => hops.length > 0).at(-1)
}

/** The first border whose stream lost the mark, after one that had it (or after this host). */
function segmentPlace(borders: readonly Border[], leg: LegName, dscp: number): MarkPlace | null {
  if (borders.length < 2) return null
  for (const [at, border] of borders.entries()) {
    const kept = keeps(border, leg, dscp)
    // Not seen at this border: the mark may be lost before it or after it.
    if (kept === null) return null
    if (kept) continue
    const owner = border.owner === undefined ? '' : ` (${border.owner})`
    const who = border.owner === undefined ? 'trust' : `ask ${border.owner} to trust`
    const advice = `${who} ${dscpName(dscp)} in segment ${border.name}`
    const word = isReceipted([borders[at - 1], border], leg) ? '' : ", by the agent's count alone"
    return { detail: `lost in segment ${border.name}${owner}${word}`, advice }
  }
  return null
}

/**
 * True where the reflectors at a segment's borders told by receipts what reached them. Of the way back
 * they cannot: which mark came here is seen here alone.
 */
function isReceipted(borders: readonly (Border | undefined)[], leg: LegName): boolean {
  const heard = borders.flatMap((border) => border?.heard ?? [])
  return leg === 'out' && heard.every(({ attribution }) => attribution === 'receipt')
}

function keeps({ seen }: Border, leg: LegName, dscp: number): boolean | null {
  const marks = seen === null ? new Map<number, number>() : dscpCounts(seen.legs[leg].tos)
  if (marks.size === 0) return null
  return [...marks.keys()].every((mark) => mark === dscp)
}
