import * as v from 'valibot'
import { count, hex64, instant, KnowledgeSchema, PhaseSchema, share, span, text } from './terms.ts'

/** Whose part was missing while something was not seen. */
export const ComponentSchema = v.picklist([
  'site-agent',
  'site-host',
  'site-clock',
  'reflector',
  'network',
  'collector',
  'agreed',
  'not-known',
])
export type Component = v.InferOutput<typeof ComponentSchema>

/** A time in which something was not seen. */
export const GapSchema = v.strictObject({
  ...span.entries,
  phase: PhaseSchema,
  /** Which data centre was not seen; `none`: the whole agent was silent. */
  farEnd: v.picklist(['primary', 'secondary', 'none']),
  agent: v.nullable(text),
  /** Stable word for programs; the sentence is in `detail`. */
  cause: text,
  component: ComponentSchema,
  detail: text,
})
export type Gap = v.InferOutput<typeof GapSchema>

/** Records that came long after their time: here in the end, and late. */
export const LateSchema = v.strictObject({
  ...span.entries,
  agent: text,
  records: count,
  lateSeconds: v.number(),
  enteredAt: instant,
})

export const ExclusionSchema = v.strictObject({
  ...span.entries,
  id: text,
  cause: v.picklist(['maintenance', 'agreed']),
  why: text,
  by: text,
  enteredAt: instant,
  /** Entered after it began: shown, and never applied. */
  afterTheFact: v.boolean(),
  withdrawn: v.boolean(),
  applied: v.boolean(),
})
export type Exclusion = v.InferOutput<typeof ExclusionSchema>

/** What was seen of one data centre while the outage lasted. */
export const FarEndServiceSchema = v.strictObject({
  farEnd: v.picklist(['primary', 'secondary']),
  state: v.picklist(['answered', 'partly', 'silent', 'not-looked']),
  answered: share,
  /** Silent time inside the outage, where there is any. */
  silences: v.array(span),
  /** What the reflector's own signed receipts tell: was it down, or cut off? */
  reflector: v.picklist(['kept-running', 'restarted', 'not-known']),
  lastReceiptBefore: v.nullable(instant),
  firstReceiptAfter: v.nullable(instant),
  /** Both receipts are signed by a key that the verifying party trusts. */
  signed: v.boolean(),
  detail: text,
})
export type FarEndService = v.InferOutput<typeof FarEndServiceSchema>

export const ServiceSchema = v.strictObject({
  /**
   * `loss`: both data centres silent; `partial-loss`: one of them; `none-seen`: both answered all the
   * time; `site-silent`: the site sent nothing while the collector listened; `not-seen`: cannot be told.
   */
  state: v.picklist(['loss', 'partial-loss', 'none-seen', 'site-silent', 'not-seen']),
  sentence: text,
  farEnds: v.array(FarEndServiceSchema),
  /** Whether other sites lost it too: a bundle holds one site. */
  otherSites: text,
})

/** Where something was found, and whose it is by the responsibility matrix. */
export const PlaceFoundSchema = v.strictObject({
  farEnd: v.picklist(['primary', 'secondary']),
  phase: PhaseSchema,
  /** Segment, hop or circuit. */
  where: text,
  what: text,
  owner: v.nullable(text),
  /** Row of the matrix that says so, or why none does. */
  matrix: text,
  responsible: v.picklist(['vendor', 'customer', 'shared', 'not-known']),
  /**
   * `measured`: between reflectors that signed for it; `indicated`: by routers' replies, which convict
   * nobody; `undetermined`: by one side's word alone, which locates nothing.
   */
  confidence: v.picklist(['measured', 'indicated', 'undetermined']),
  at: span,
})
export type PlaceFound = v.InferOutput<typeof PlaceFoundSchema>

const ItemSchema = v.strictObject({
  severity: v.picklist(['invalid', 'suspicious', 'missing', 'note']),
  code: text,
  where: text,
  what: text,
  time: v.nullable(span),
})

/** How far the instruments can be trusted. */
export const MethodSchema = v.strictObject({
  tools: v.array(v.strictObject({ who: text, version: text, records: count, ...span.entries })),
  /** Keys that the verifying party gave, with the SHA-256 of each. */
  keys: v.array(
    v.strictObject({
      role: v.picklist(['agent', 'reflector', 'log', 'witness']),
      key: text,
      sha256: hex64,
    }),
  ),
  boots: v.array(
    v.strictObject({
      ...{ agent: text, boot: text, records: count, firstSequence: count, lastSequence: count },
      ...span.entries,
    }),
  ),
  clocks: v.strictObject({
    records: count,
    synchronised: count,
    /** The largest error that a kernel stated, milliseconds; null: none did. */
    maxErrorMs: v.nullable(v.number()),
    /** Windows in which stamps contradicted each other, or a clock stepped. */
    faultyWindows: count,
    steps: v.array(ItemSchema),
  }),
  instrument: v.strictObject({ windows: count, disturbed: count, worstStallMs: v.number() }),
  disagreements: v.array(ItemSchema),
  changes: v.array(v.strictObject({ at: instant, what: text })),
  /** What people did, as the collector entered it. */
  acts: v.array(v.strictObject({ at: instant, by: v.nullable(text), what: text })),
  times: v.strictObject({ bothSides: count, oneSide: count, neither: count }),
})
export type Method = v.InferOutput<typeof MethodSchema>

const LinkSchema = v.strictObject({
  ...{ agent: text, boot: text, sequence: count, sha256: hex64, leaf: count },
  ...span.entries,
})

export const ChainSchema = v.strictObject({
  origin: text,
  records: count,
  entries: count,
  first: v.nullable(LinkSchema),
  last: v.nullable(LinkSchema),
  checkpoints: v.strictObject({
    all: count,
    trusted: count,
    cosigned: count,
    first: v.nullable(v.strictObject({ size: count, root: text })),
    last: v.nullable(v.strictObject({ size: count, root: text })),
  }),
  /** Quarter hours of which no record is left out, by what their agents signed; of others it is the collector's word. */
  whole: v.strictObject({ quarterHours: count, of: count, reference: count, ofReference: count }),
  /** Where the chain has holes or contradicts itself, inside the time looked at. */
  findings: v.array(ItemSchema),
  verify: v.strictObject({ command: text, exit: count, says: text }),
})
export type Chain = v.InferOutput<typeof ChainSchema>

/** One of the eight questions of a support case, filled in as far as data go. */
export const SupportAnswerSchema = v.strictObject({
  number: v.pipe(count, v.minValue(1), v.maxValue(8)),
  question: text,
  knowledge: KnowledgeSchema,
  answer: text,
})
export type SupportAnswer = v.InferOutput<typeof SupportAnswerSchema>
