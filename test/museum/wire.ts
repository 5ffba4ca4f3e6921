import type { Exhibit } from './exhibit.ts'

/** Datagrams that are not what they seem. */
export const WIRE: readonly Exhibit[] = [
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
]
