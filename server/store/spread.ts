import { placementOf } from './placement.ts'
import type { ColumnTypes, Step } from './steps.ts'

/**
 * The statements that spread a database over several machines with Citus, in the order of the tables'
 * making: a table of a site by `site`, of a log by `log_id`, a small one copied to every machine.
 * Tables of one key stand side by side, so that what is joined is on one machine.
 *
 * @param steps the schema's steps, to the version that the database is at
 * @param placed tables that are spread already (`citus_tables`): they are left alone
 * @throws Error for a table that server/store/placement.ts does not place; a test over all steps holds
 *   that there is none
 */
export function spreadStatements(
  steps: readonly Step[],
  types: ColumnTypes,
  placed: ReadonlySet<string> = new Set(),
): readonly string[] {
  const firsts = new Map<string, string>()
  const statements: string[] = []
  for (const statement of steps.flatMap((step) => step(types))) {
    const name = /^create table (?:if not exists )?(\w+)/.exec(statement)?.[1]
    if (name === undefined) continue
    const key = placementOf(statement)
    if (key === null) throw new Error(`table ${name} has no place in a spread database`)
    const first = firsts.get(key)
    if (key !== 'copied') firsts.set(key, first ?? name)
    if (placed.has(name)) continue
    if (key === 'copied') statements.push(`select create_reference_table('${name}')`)
    else {
      const beside = first === undefined ? '' : `, colocate_with => '${first}'`
      statements.push(`select create_distributed_table('${name}', '${key}'${beside})`)
    }
  }
  return statements
}
