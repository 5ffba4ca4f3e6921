import { inject } from 'vitest'
import type { FarEndName } from '../../shared/profile/site.ts'
import type { Leg } from '../lab/router/impairment.ts'
import { measuredDelay, type Summary, trueJitter } from './agreement.ts'
import { addLine } from './report.ts'
import { LINK, type Story } from './story.ts'

/**
 * Adds a line to the table that the run prints at its end. `where` is `LEG FAREND LINE`: the same
 * figures of that leg from the truth and from the measurement, and what that line's verdict was.
 * `extra` is what else was true and said, where that is the point of the story.
 */
export function note(
  scenario: string,
  story: Story,
  where: `${Leg} ${FarEndName} ${string}`,
  extra: { readonly truth?: string; readonly said?: string; readonly link?: string } = {},
): void {
  const [leg, farEnd, id = ''] = where.split(' ') as [Leg, FarEndName, string?]
  const also = (text?: string) => (text === undefined ? '' : `; ${text}`)
  const { overall } = story.result.judgement
  addLine(inject('scenarioLines'), {
    scenario: `${scenario} (${farEnd}, ${leg})`,
    truth: truthWords(story, leg, farEnd, extra.link) + also(extra.truth),
    said: saidWords(story, leg, farEnd) + also(extra.said),
    verdict: `${id} ${story.verdict(id, leg, farEnd)}; ${overall}, exit ${story.exit}`,
  })
}

function truthWords(story: Story, leg: Leg, farEnd: FarEndName, link = LINK): string {
  const { lost, sent, duplicated, reordered, delayMs, dscpOut } = story.truth(leg, farEnd, link)
  const counts = { lost, sent, duplicated, reordered }
  return words(counts, delayMs, trueJitter(story, leg, farEnd, link), [...dscpOut])
}

function saidWords(story: Story, leg: Leg, farEnd: FarEndName): string {
  const stream = story.stream(farEnd)
  const { loss, jitter, tos } = stream.legs[leg]
  const delay = stream.clocks.offset === null ? undefined : measuredDelay(story, leg, farEnd)
  const { n = 0, running } = jitter ?? {}
  const summary =
    running === undefined ? undefined : { ...running, mean: n === 0 ? NaN : running.sum / n }
  const marks = tos.seen.map(({ value, packets }) => [value >> 2, packets] as const)
  return words({ ...loss, sent: loss.expected }, delay, summary, marks)
}

interface Counts {
  readonly sent: number
  readonly lost: number
  readonly duplicated: number
  readonly reordered: number
}

function words(
  { lost, sent, duplicated, reordered }: Counts,
  delay: { readonly p50: number; readonly p95: number } | undefined,
  jitter: Summary | undefined,
  marks: readonly (readonly [dscp: number, packets: number])[],
): string {
  const parts = [`${lost} of ${sent} lost`]
  if (duplicated > 0) parts.push(`${duplicated} doubled`)
  if (reordered > 0) parts.push(`${reordered} reordered`)
  if (delay !== undefined && !Number.isNaN(delay.p50))
    parts.push(`delay p50 ${ms(delay.p50)} p95 ${ms(delay.p95)}`)
  if (jitter !== undefined && !Number.isNaN(jitter.p95))
    parts.push(`jitter p95 ${ms(jitter.p95)} max ${ms(jitter.max)}`)
  if (marks.length > 0)
    parts.push(
      `DSCP ${marks
        .map(([dscp]) => dscp)
        .sort((a, b) => a - b)
        .join(' and ')}`,
    )
  return parts.join(', ')
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`
}
