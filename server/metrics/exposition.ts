/** Prometheus text format 0.0.4, as far as gauges and counters need it. */
export type Labels = { readonly [name: string]: string }

export interface Family {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
}

/** The two lines that open a family. */
export function header({ name, type, help }: Family): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
}

/** One sample without a timestamp: the server's own staleness rules then apply when it vanishes. */
export function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`)
  return `${name}{${pairs.join(',')}} ${value}\n`
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`))
}
