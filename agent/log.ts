/** One line per event on stderr. A logging library costs the agent 8 MB of memory; this is enough. */
export interface Log {
  info(message: string, facts?: Facts): void
  warn(message: string, facts?: Facts): void
  error(message: string, facts?: Facts): void
}

export type Facts = { readonly [name: string]: string | number | boolean | null }

/**
 * @param form `lines` for people, `json` for a log collector (one object per line)
 * @param write takes a whole line with its end
 */
export function makeLog(
  form: 'lines' | 'json',
  write: (line: string) => void,
  nowMs: () => number,
): Log {
  const put = (level: 'info' | 'warn' | 'error', message: string, facts: Facts): void => {
    const time = new Date(nowMs()).toISOString()
    write(
      form === 'json'
        ? `${JSON.stringify({ time, level, message, ...facts })}\n`
        : `${time} ${level.padEnd(5)} ${oneLine(message)}${factsText(facts)}\n`,
    )
  }
  return {
    info: (message, facts = {}) => put('info', message, facts),
    warn: (message, facts = {}) => put('warn', message, facts),
    error: (message, facts = {}) => put('error', message, facts),
  }
}

function factsText(facts: Facts): string {
  const parts = Object.entries(facts).map(([name, value]) => `${name}=${valueText(value)}`)
  return parts.length === 0 ? '' : ` (${parts.join(' ')})`
}

function valueText(value: Facts[string]): string {
  const text = oneLine(String(value))
  return /[\s"=()]/.test(text) ? JSON.stringify(text) : text
}

/** A peer's words may hold line ends and control characters; a log line may not. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}
