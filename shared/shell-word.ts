/** Text as one word of a POSIX shell's command line: in quotes where it needs them. */
export function shellWord(text: string): string {
  if (/^[\w./@%+=:,-]+$/.test(text)) return text
  return `'${text.replaceAll("'", "'\\''")}'`
}
