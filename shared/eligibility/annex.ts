import type { Row } from './cells.ts'

const HEAD =
  'from,to,phase,reference,id,leg,far_end,segment,verdict,state,reason,value,low,high,unit,op,limit,statistic,n,records,standing'

/** Every quarter hour of every line as CSV (RFC 4180), oldest first within a line; times ISO 8601 UTC. */
export function annexOf(rows: readonly Row[]): { readonly text: string; readonly rows: number } {
  const lines = rows.flatMap(({ place, cells }) =>
    cells.flatMap((cell) => {
      if (cell === null) return []
      const { said, quarter, records } = cell
      const { verdict, state, reason, value, error, unit, op, limit, statistic, n } = said
      const fields = [
        ...[iso(quarter.from), iso(quarter.to), quarter.phase, quarter.reference ? 'yes' : 'no'],
        ...[place.id, place.leg, place.farEnd, place.segment ?? '', verdict, state, reason],
        ...[value, error?.[0], error?.[1], unit, op, limit, statistic, n, records, said.standing],
      ]
      return [fields.map(field).join(',')]
    }),
  )
  return { text: `${[HEAD, ...lines].join('\r\n')}\r\n`, rows: lines.length }
}

function field(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
