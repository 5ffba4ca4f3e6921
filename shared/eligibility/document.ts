import * as v from 'valibot'
import {
  ChainSchema,
  ExclusionSchema,
  GapSchema,
  LateSchema,
  MethodSchema,
  PlaceFoundSchema,
  ServiceSchema,
  SupportAnswerSchema,
} from './around-schema.ts'
import { ClauseAnswerSchema, TimelineSchema } from './clause-schema.ts'
import { AnswerSchema, count, hex64, span, text } from './terms.ts'

/**
 * The document of eligibility: did the network meet the contract when an outage began? Everything a
 * report shows is in here, ready to be set: no value needs to be reckoned again.
 *
 * How to read it. `question` and `sentence` open it; `decides` stands beside them, always. `answers`
 * is the heart: one row for each line x leg x data centre, required lines first, NOT MET first; show
 * `answer`, `standing` and `why`, and `asClaimed` where it differs. `timelines` has the same places in
 * the same order, as stretches of like quarter hours, to be drawn over `span` with the outage
 * shaded; the quarter hours themselves are in the annex (CSV). `gaps` are to be drawn as gaps.
 * A document whose `evidence.state` is `invalid` has no answers but CANNOT BE DETERMINED: say so first.
 * Times are milliseconds since 1970, to be shown in UTC; shares are 0 to 1; delays milliseconds.
 */
export const EligibilitySchema = v.strictObject({
  format: v.literal('voip-ready/eligibility/1'),
  tool: v.strictObject({ name: v.literal('voip-ready'), version: text }),
  site: text,
  outage: v.strictObject({ ref: text, ...span.entries }),
  /** The time looked at: a week before onset to a day after the end, or what the bundle holds of it. */
  span,
  /** The whole quarter hours before onset that the answers are about, and the rule they follow. */
  reference: v.strictObject({ ...span.entries, quarterHours: count, rule: text }),
  question: text,
  /** How many lines are MET, NOT MET and undetermined; never a single word for all. */
  sentence: text,
  /** Which document decides about credits, and that this one does not. */
  decides: text,
  contract: v.strictObject({
    /** Null: the profile is not in the bundle. */
    profile: v.nullable(
      v.strictObject({
        ...{ id: text, version: text, sha256: hex64, title: text, model: text },
        ...{ document: text, revision: text, date: text },
      }),
    ),
    /** As the maker of the bundle states them; null values were not recorded. */
    circuits: v.array(
      v.strictObject({
        farEnd: v.picklist(['primary', 'secondary']),
        reflector: text,
        path: text,
        provider: v.nullable(text),
        /** Under whose contract the circuit runs. */
        orderedBy: v.nullable(v.picklist(['vendor', 'customer'])),
      }),
    ),
    parties: v.strictObject({
      agents: v.array(text),
      reflectors: v.array(text),
      collector: text,
      /**
       * From where the reflectors saw the packets come (behind a NAT: the NAT's address), by receipts,
       * of which `proven` are signed by keys that were given and back their minutes.
       */
      sightings: v.array(
        v.strictObject({
          agent: text,
          farEnd: v.picklist(['primary', 'secondary']),
          segment: v.nullable(text),
          ...{ reflector: text, address: text, receipts: count, proven: count },
          ...span.entries,
        }),
      ),
      /**
       * Reflectors that signed for both far ends in one quarter hour. By which way their packets went
       * is the agent's word: what rests on them is signed by one side.
       */
      forBoth: v.array(text),
    }),
  }),
  evidence: v.strictObject({
    bundle: v.strictObject({ file: text, sha256: hex64, ...span.entries }),
    state: v.picklist(['verified', 'in-part', 'invalid']),
    says: text,
    invalid: count,
    suspicious: count,
    missing: count,
  }),
  answers: v.array(ClauseAnswerSchema),
  /** How many required lines have each answer. */
  counts: v.strictObject({ met: count, notMet: count, cannot: count }),
  /** Over all required lines: only for the exit code; people are shown the lines. */
  required: AnswerSchema,
  timelines: v.array(TimelineSchema),
  /** The first quarter hour after the end in which every required line passed. */
  firstWholePassAfter: v.nullable(span),
  gaps: v.array(GapSchema),
  /** Stretches in which the collector left no tick, and so cannot tell a silent site from its own sleep. */
  collectorSilences: v.array(span),
  late: v.array(LateSchema),
  exclusions: v.array(ExclusionSchema),
  service: ServiceSchema,
  localisation: v.array(PlaceFoundSchema),
  method: MethodSchema,
  chain: ChainSchema,
  notExamined: v.array(v.strictObject({ what: text, why: text })),
  supportCase: v.pipe(v.array(SupportAnswerSchema), v.length(8)),
  /** The quarter hours, each line a row, as CSV (RFC 4180). */
  annex: v.strictObject({ name: text, rows: count, sha256: hex64 }),
  /** What belongs together: name and SHA-256 of the bundle and the annex. */
  files: v.array(v.strictObject({ name: text, sha256: hex64 })),
})
export type Eligibility = v.InferOutput<typeof EligibilitySchema>
