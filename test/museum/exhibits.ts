/**
 * A museum of malformed inputs. Each was, or could have been, somebody's trouble; none ever leaves.
 * To add one: put the file into the folder of its area and a row here. Tests hold every file to its
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

export const EXHIBITS: readonly Exhibit[] = [
  {
    file: 'wire/rtp-empty.hex',
    door: 'rtp',
    refused: 'truncated',
    why: 'a datagram without a single byte',
  },
  {
    file: 'wire/rtp-version-1.hex',
    door: 'rtp',
    refused: 'bad-version',
    why: 'version 1 is the first draft of RTP, and what STUN and DTLS look like',
  },
  {
    file: 'wire/rtp-eleven-bytes.hex',
    door: 'rtp',
    refused: 'truncated',
    why: 'one byte short of the fixed header',
  },
  {
    file: 'wire/rtp-csrc-beyond-end.hex',
    door: 'rtp',
    refused: 'truncated',
    why: 'fifteen contributing sources are announced and none follows',
  },
  {
    file: 'wire/rtp-extension-without-length.hex',
    door: 'rtp',
    refused: 'truncated',
    why: 'the extension bit is set, but the packet ends before the extension says how long it is',
  },
  {
    file: 'wire/rtp-extension-beyond-end.hex',
    door: 'rtp',
    refused: 'truncated',
    why: 'an extension of 65535 words in a packet of twenty bytes',
  },
  {
    file: 'wire/rtp-padding-longer-than-payload.hex',
    door: 'rtp',
    refused: 'bad-value',
    why: 'padding that would reach back into the header makes a negative payload length',
  },
  {
    file: 'wire/rtp-padding-of-none.hex',
    door: 'rtp',
    refused: 'bad-value',
    why: 'the padding bit with a count of zero: the count includes itself, so zero cannot be',
  },
  {
    file: 'wire/probe-nineteen-bytes.hex',
    door: 'probe',
    refused: 'truncated',
    why: 'a payload one byte short of what the probe needs',
  },
  {
    file: 'wire/control-first-octet-alone.hex',
    door: 'control',
    refused: 'truncated',
    why: 'told apart from RTP by its first octet, and nothing behind it',
  },
  {
    file: 'wire/control-version-2.hex',
    door: 'control',
    refused: 'bad-version',
    why: 'a version from the future must not be read as this one',
  },
  {
    file: 'wire/control-type-0.hex',
    door: 'control',
    refused: 'bad-type',
    why: 'type zero is what cleared memory sends',
  },
  {
    file: 'wire/control-no-room-for-digest.hex',
    door: 'control',
    refused: 'truncated',
    why: 'a header with no room for a digest must not be hashed at a negative offset',
  },
  {
    file: 'wire/receipt-of-nothing.hex',
    door: 'receipt-count',
    refused: 'bad-value',
    why: 'a receipt over zero packets has no bitmap to point at',
  },
  {
    file: 'wire/receipt-of-too-many.hex',
    door: 'receipt-count',
    refused: 'bad-value',
    why: '65535 packets would need an answer far larger than the question: amplification',
  },
  {
    file: 'profile/billion-laughs.yaml',
    door: 'profile',
    refused: 'wanted',
    why: 'aliases of aliases: a kilobyte that wants to be gigabytes',
  },
  {
    file: 'profile/two-documents.yaml',
    door: 'profile',
    refused: 'wanted',
    why: 'a second document after --- would be silently ignored by a careless reader',
  },
  {
    file: 'profile/key-twice.yaml',
    door: 'profile',
    refused: 'wanted',
    why: 'the same key twice: readers disagree on which value counts',
  },
  {
    file: 'profile/norway.yaml',
    door: 'site',
    refused: 'wanted',
    why: 'an unquoted number where a name belongs must not become one by coercion',
  },
  {
    file: 'profile/prototype.yaml',
    door: 'site',
    refused: 'wanted',
    why: '__proto__ as a key must be an unknown key, not a prototype',
  },
  {
    file: 'profile/empty.yaml',
    door: 'site',
    refused: 'an empty file',
    why: 'a file truncated by a full disk',
  },
  {
    file: 'profile/rtp-ports-backwards.yaml',
    door: 'site',
    refused: 'wanted',
    why: 'a range whose end is before its beginning covers no port and would pass at once',
  },
  {
    file: 'record/not-json.envelope',
    door: 'envelope',
    refused: 'not-json',
    why: 'cut in the middle, as a crash in the middle of a write leaves it',
  },
  {
    file: 'record/key-twice.envelope',
    door: 'envelope',
    refused: 'json-repeated-key',
    why: 'two payloads: one is verified, the other is used',
  },
  {
    file: 'record/key-twice-escaped.envelope',
    door: 'envelope',
    refused: 'json-repeated-key',
    why: 'the same key spelt once plainly and once with \\u escapes',
  },
  {
    file: 'record/unknown-key.envelope',
    door: 'envelope',
    refused: 'schema',
    why: 'a key that nobody knows must be refused, not stripped: what is signed is what is kept',
  },
  {
    file: 'record/base64-unpadded.envelope',
    door: 'envelope',
    refused: 'schema',
    why: 'base64 without its padding decodes, but its bytes have two spellings then',
  },
  {
    file: 'record/base64-loose-bits.envelope',
    door: 'envelope',
    refused: 'payload-encoding',
    why: 'the unused bits of the last character are set: another text for the same bytes',
  },
  {
    file: 'record/byte-order-mark.payload',
    door: 'payload',
    refused: 'not-json',
    why: 'a byte order mark before the JSON, as some editors write it',
  },
  {
    file: 'record/deep.payload',
    door: 'payload',
    refused: 'json-too-deep',
    why: 'lists in lists in lists: a recursive reader runs out of stack',
  },
  {
    file: 'record/poisoned-prototype.payload',
    door: 'payload',
    refused: 'schema',
    why: '__proto__ as an own key',
  },
  {
    file: 'record/sequence-beyond-safe.payload',
    door: 'payload',
    refused: 'schema',
    why: '2^53 + 1 cannot be told from 2^53: two records would share one place',
  },
  {
    file: 'http/no-such-method.txt',
    door: 'request',
    refused: '400',
    why: 'a method that HTTP does not have',
  },
  {
    file: 'http/two-lengths.txt',
    door: 'request',
    refused: '400',
    why: 'two content lengths: request smuggling',
  },
  {
    file: 'http/length-and-chunked.txt',
    door: 'request',
    refused: '400',
    why: 'a content length beside chunks: request smuggling',
  },
  {
    file: 'http/tls-hello.txt',
    door: 'request',
    refused: '400',
    why: 'somebody speaks TLS to the plain port',
  },
  {
    file: 'http/null-in-header.txt',
    door: 'request',
    refused: '400',
    why: 'a NUL inside a header value',
  },
  {
    file: 'http/path-out.txt',
    door: 'request',
    refused: '40[04]',
    why: 'a path that climbs out of the root',
  },
  {
    file: 'http/no-token.txt',
    door: 'request',
    refused: '401',
    why: 'a record from nobody',
  },
]
