/** What differs between dialects in a column definition. */
export interface ColumnTypes {
  readonly bytes: 'blob' | 'bytea'
  /**
   * What `text` in a statement becomes. PostgreSQL would sort by the locale of the server otherwise,
   * and pages and ranges would differ from one database to the next.
   */
  readonly text?: 'text' | 'text collate "C"'
}

/** One forward step of the schema: statements that every dialect understands. */
export type Step = (types: ColumnTypes) => readonly string[]
