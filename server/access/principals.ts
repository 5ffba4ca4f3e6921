/** Who reads or administers: a person, a token, or anybody where reading is free. */
export interface Reader {
  /** As audit entries name the actor: `user:anna`, `token:noc`, `anyone`. */
  readonly name: string
  readonly role: 'admin' | 'viewer'
  /** Of whose sites; null: of all. */
  readonly customer: string | null
  /** False for sites of other customers: to this reader they do not exist. */
  readonly sees: (site: string) => boolean
}

/** The agent that a request comes from. */
export interface AgentIdentity {
  readonly site: string
  readonly agent: string
}
