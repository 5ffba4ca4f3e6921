import { visible } from './report/escape.ts'

const ESCAPE = '\u001b'
/** The colours of this program (colour.ts). */
const PAINT = `${ESCAPE}\\[(?:1|2|22|31|32|33|39)m`
const IN_LINE = new RegExp(`(${PAINT})`)
const IN_TEXT = new RegExp(`(${PAINT}|\\r?\\n|\\t)`)
/** What redraws a line, or the board of `demo`: only before everything else. */
const REDRAW = new RegExp(`^(?:\\r${ESCAPE}\\[K|${ESCAPE}\\[\\d{1,3}A${ESCAPE}\\[J)`)
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\p{Surrogate}\u2028\u2029]/u

/**
 * One line as a terminal may be shown it. Names and causes in it may be another party's words, and
 * would else move the cursor, hide what stands above, or begin a line of their own: such characters
 * are shown as what they are. The colours that this program puts on stay.
 */
export function terminalLine(text: string): string {
  return shown(text, IN_LINE)
}

/** The same for what a command writes in one go: line ends, tabs and a redraw at its beginning stay. */
export function terminalText(text: string): string {
  if (!HIDDEN.test(text)) return text
  const redraw = REDRAW.exec(text)?.[0] ?? ''
  return redraw + shown(text.slice(redraw.length), IN_TEXT)
}

function shown(text: string, kept: RegExp): string {
  const parts = text.split(kept)
  return parts.map((part, at) => (at % 2 === 1 ? part : visible(part))).join('')
}

/** Has everything that is written as text to a stream pass {@link terminalText}; in JSON it means the same. */
export function showOnly(stream: Pick<NodeJS.WriteStream, 'write'>): void {
  const write = stream.write.bind(stream) as (...all: readonly unknown[]) => boolean
  stream.write = (chunk: unknown, ...rest: readonly unknown[]) =>
    write(typeof chunk === 'string' ? terminalText(chunk) : chunk, ...rest)
}
