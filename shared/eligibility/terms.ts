import * as v from 'valibot'

/** Words that every part of the document of eligibility shares. Times are milliseconds since 1970. */
export const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
export const count = v.pipe(v.number(), v.integer(), v.minValue(0))
/** 0 to 1. */
export const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
export const text = v.string()
export const hex64 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
export const span = v.strictObject({ from: instant, to: instant })

export const AnswerSchema = v.picklist(['MET', 'NOT MET', 'CANNOT BE DETERMINED'])
export type Answer = v.InferOutput<typeof AnswerSchema>

/** Before onset, while the outage lasted (quarter hours that it touches), and after its end. */
export const PhaseSchema = v.picklist(['before', 'during', 'after'])
export type Phase = v.InferOutput<typeof PhaseSchema>

/**
 * What one quarter hour says of one line. `met` and `not-met` are determinations; `undetermined`:
 * looked at or not, nothing is decided; `excluded`: the parties left this time out beforehand.
 */
export const StateSchema = v.picklist(['met', 'not-met', 'undetermined', 'excluded'])
export type State = v.InferOutput<typeof StateSchema>

/** `both-sides`: signed by agent and reflector; `one-side`: by the agent; `unproven`: by nobody trusted. */
export const StandingSchema = v.picklist(['both-sides', 'one-side', 'unproven'])
export type Standing = v.InferOutput<typeof StandingSchema>

/** What a reflector cannot sign, told wherever it is said that both sides signed for a way back; else null. */
export function wayBackText(
  answers: readonly { readonly leg: string; readonly standing: Standing }[],
): string | null {
  return answers.some(({ leg, standing }) => leg === 'back' && standing === 'both-sides')
    ? 'On the way back a reflector signs what it received and how many it sent; what of these came, and how, is the word of the agent alone.'
    : null
}

/** How far the data answer a question: `known`, `partly`, or not at all. */
export const KnowledgeSchema = v.picklist(['known', 'partly', 'not-known'])

/** A line of the contract at one place: its id, the direction, the data centre, part of the way. */
export const place = {
  id: text,
  title: text,
  leg: v.picklist(['out', 'back', 'either', 'none']),
  farEnd: v.picklist(['primary', 'secondary', 'none']),
  /** Part of the way between two reflectors; absent: the whole way. */
  segment: v.optional(text),
  required: v.boolean(),
}
export const PlaceSchema = v.strictObject(place)
export type Place = v.InferOutput<typeof PlaceSchema>
