/** Tables of this part of the store, as Kysely sees them. */
export interface PlanTables {
  /** Every version that ever was in force; the newest of a site is in force now. */
  readonly plan: {
    readonly site: string
    readonly version: number
    readonly sha256: string
    /** Canonical JSON, access keys included. */
    readonly body: string
    readonly at_ms: number
    readonly actor: string
  }
  /** What an agent last said of the plan that it pulled. */
  readonly plan_report: {
    readonly site: string
    readonly agent: string
    readonly version: number
    /** Newest version that the agent works by; null: none yet. */
    readonly applied: number | null
    readonly why: string
    readonly at_ms: number
  }
  readonly run: {
    readonly site: string
    readonly id: string
    readonly ask: string
    readonly state: string
    readonly actor: string
    /** The agent that took it; null while nobody has. */
    readonly agent: string | null
    readonly asked_ms: number
    readonly taken_ms: number | null
    readonly heard_ms: number | null
    readonly ended_ms: number | null
    /** 1: it is to end before its time. */
    readonly cancel: number
    readonly why: string
    /** JSON of the agent's result, and of the collector's own judgement of it. */
    readonly result: string | null
    readonly judged: string | null
  }
  readonly run_event: {
    readonly site: string
    readonly id: string
    readonly number: number
    readonly body: string
  }
}
