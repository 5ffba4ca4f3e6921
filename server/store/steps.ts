/** What differs between dialects in a column definition. */
export interface ColumnTypes {
  readonly bytes: 'blob' | 'bytea'
}

/** One forward step of the schema: statements that every dialect understands. */
export type Step = (types: ColumnTypes) => readonly string[]
