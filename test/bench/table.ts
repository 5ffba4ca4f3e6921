/** One measured figure of one round; `peer` is NaN where no peer does the same. */
export interface Sample {
  readonly what: string
  readonly value: number
  readonly peer: number
  readonly unit: string
}

interface Row {
  readonly what: string
  readonly unit: string
  readonly ours: readonly number[]
  readonly peers: readonly number[]
}

/** Folds the rounds into a Markdown table of medians with their spread (lowest - highest). */
export function tableOf(samples: readonly Sample[], peer: string): string {
  const rows = new Map<string, Row>()
  for (const sample of samples) {
    const row = rows.get(sample.what) ?? {
      what: sample.what,
      unit: sample.unit,
      ours: [],
      peers: [],
    }
    rows.set(sample.what, {
      ...row,
      ours: [...row.ours, sample.value],
      peers: Number.isNaN(sample.peer) ? row.peers : [...row.peers, sample.peer],
    })
  }
  const lines = [...rows.values()].map(
    (row) => `| ${row.what} | ${spread(row.ours)} | ${spread(row.peers)} | ${row.unit} |`,
  )
  return [`| what | voip-ready | ${peer} | unit |`, '|---|---|---|---|', ...lines].join('\n')
}

function spread(values: readonly number[]): string {
  if (values.length === 0) return ''
  const sorted = [...values].sort((x, y) => x - y)
  const middle = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const [low, high] = [sorted[0] ?? Number.NaN, sorted.at(-1) ?? Number.NaN]
  return low === high ? round(middle) : `${round(middle)} (${round(low)} - ${round(high)})`
}

function round(value: number): string {
  if (!Number.isFinite(value)) return 'none'
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)))
}
