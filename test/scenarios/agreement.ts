import { expect } from 'vitest'
import type { FarEndName } from '../../shared/profile/site.ts'
import type { Leg } from '../lab/router/impairment.ts'
import type { Lab } from '../lab/topology.ts'
import { quantiles } from '../lab/truth.ts'
import { LINK, type Story } from './story.ts'

/** How far a measurement may be from the truth. Counts are exact, so they have no line here. */
export const TOLERANCE = {
  /** Of p50 and p95 of one-way delay; the router's own measured error comes on top. */
  delayMs: 0.3,
  /** Of RFC 3550 jitter against tshark on a capture at the receiver, where nothing is reordered. */
  jitterMs: 0.1,
} as const

export const LEGS: readonly Leg[] = ['out', 'back']
export const FAR_END_NAMES: readonly FarEndName[] = ['primary', 'secondary']

/** Sent, lost and doubled on both legs equal the router's log and what netfilter counted. */
export function expectLossExact(story: Story, farEnd: FarEndName = 'primary', link = LINK): void {
  const stream = story.stream(farEnd)
  const counted = story.counted(farEnd)
  for (const leg of LEGS) {
    const { expected, received, lost, unattributed, duplicated } = stream.legs[leg].loss
    const truth = story.truth(leg, farEnd, link)
    expect({ leg, farEnd, expected, lost, received, unattributed, duplicated }).toEqual({
      ...{ leg, farEnd, expected: truth.sent, lost: truth.lost, received: truth.forwarded },
      ...{ unattributed: 0, duplicated: truth.duplicated },
    })
    expect(counted[leg]).toBe(truth.forwarded + truth.duplicated)
  }
}

/** What the profiles allow two free-running clocks to drift apart: part of every offset bound. */
const DRIFT_PPM = 100

/**
 * Delay of a leg as the stamps have it, before the unknown offset of the two clocks is taken off.
 * All hosts of a lab share one clock, so here this is the true delay. The bound of the offset is the
 * fastest packet and the drift allowed over the run.
 */
export function measuredDelay(story: Story, leg: Leg, farEnd: FarEndName = 'primary') {
  const { clocks, legs } = story.stream(farEnd)
  const { delay } = legs[leg]
  if (delay === null || clocks.offset?.method !== 'minima') {
    throw new Error(`no delay ${leg} of ${farEnd} with its offset from the packets alone`)
  }
  const bound = leg === 'out' ? clocks.offset.highMs : -clocks.offset.lowMs
  const min = bound - (story.spanMs(farEnd) * DRIFT_PPM) / 1e6
  const { p50, p95 } = delay.aboveMinimum
  return { min, p50: min + p50, p95: min + p95 }
}

/** p50 and p95 of both legs within the tolerance, and the truth inside the stated interval. */
export async function expectDelayNear(
  lab: Lab,
  story: Story,
  farEnd: FarEndName = 'primary',
  link = LINK,
): Promise<void> {
  const { delayError } = await lab.router(link).counters()
  const tolerance = TOLERANCE.delayMs + delayError.p50Us / 1000
  for (const leg of LEGS) {
    const truth = story.truth(leg, farEnd, link).delayMs
    const measured = measuredDelay(story, leg, farEnd)
    const { atLeast, atMost } = story.stream(farEnd).legs[leg].delay!
    for (const q of ['p50', 'p95'] as const) {
      const where = `${q} ${leg} ${farEnd}: ${measured[q]} beside ${truth[q]}`
      expect(Math.abs(measured[q] - truth[q]), where).toBeLessThanOrEqual(tolerance)
      expect(atLeast[q], `least ${where}`).toBeLessThanOrEqual(truth[q] + tolerance)
      expect(atMost[q], `most ${where}`).toBeGreaterThanOrEqual(truth[q])
    }
  }
}

/** Of running jitter: what both sides of a comparison have. */
export interface Summary {
  readonly mean: number
  readonly p95: number
  readonly max: number
}

/**
 * RFC 3550 A.8 jitter from the router's log, sampled at every packet as it left the router, in that
 * order, of all calls together. The first packet of a call only sets its reference.
 */
export function trueJitter(
  story: Story,
  leg: Leg,
  farEnd: FarEndName = 'primary',
  link = LINK,
): Summary {
  const samples: number[] = []
  const calls = new Map<number, { transit: number; jitter: number }>()
  const left = story
    .log(link)
    .select(story.selection(leg, farEnd))
    .filter(({ copy, outNs }) => !copy && outNs !== undefined)
    .sort((a, b) => a.outNs! - b.outNs!)
  for (const { rtp, inNs, outNs } of left) {
    const transit = (outNs! - inNs) / 1e6
    const call = calls.get(rtp!.ssrc)
    if (call === undefined) calls.set(rtp!.ssrc, { transit, jitter: 0 })
    else {
      call.jitter += (Math.abs(transit - call.transit) - call.jitter) / 16
      call.transit = transit
      samples.push(call.jitter)
    }
  }
  const { p95, max } = quantiles(samples)
  return { mean: samples.reduce((sum, value) => sum + value, 0) / samples.length, p95, max }
}
