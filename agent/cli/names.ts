import { InvalidArgumentError } from 'commander'

/** A name of a site or agent on the command line. */
export function nameOf(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) return text
  throw new InvalidArgumentError('wanted lower-case letters, digits and hyphens, at most 63')
}
