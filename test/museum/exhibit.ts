/**
 * A museum of malformed inputs. Each was, or could have been, somebody's trouble; none ever leaves.
 * To add one: put the file into the folder of its area and a row into the table beside it. Tests hold every file to its
 * row, and complain about files without a row and rows without a file.
 *
 *   wire/     *.hex   one datagram, hexadecimal, white space and `# comments` ignored
 *   profile/  *.yaml  a profile or site file
 *   record/   *.envelope an envelope as posted, or (`*.payload`) the text inside one
 *   http/     *.txt   the bytes of a request; \r\n at line ends is put in, \xNN is one byte
 */
export interface Exhibit {
  readonly file: string
  /** Which parser or door it was brought to. */
  readonly door: Door
  /** How it must be turned away: a refusal's code, a status, or words of the fault. */
  readonly refused: string
  readonly why: string
}

export type Door =
  | 'rtp'
  | 'probe'
  | 'control'
  | 'receipt-count'
  | 'profile'
  | 'site'
  | 'envelope'
  | 'payload'
  | 'request'
