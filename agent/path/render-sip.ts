import type { SipAlgObservation, SipAsk } from '../../shared/record/sip-alg.ts'
import { indent } from '../cli/table.ts'

const WIDTH = 100
const LEGS = {
  out: 'on the way out',
  back: 'on the way back',
  both: 'on both ways',
  'there-and-back': 'on the way out, and undone on the way back',
} as const
const RESULTS = {
  mirrored: '',
  silent: 'no answer: no SIP mirror there, or a filter',
  refused: 'refused: nobody listens',
  unreachable: 'unreachable',
  foreign: 'somebody else answered: a SIP server, or a gateway that plays one',
  broken: 'came back without a seal that holds: altered beyond reading, or another key',
} as const

/** What became of SIP on the way to one far end, at most 100 columns wide. Information only. */
export function renderSip(seen: SipAlgObservation): string[] {
  const lines = seen.asks.flatMap(askLines)
  const nat = natText(seen.asks)
  const idle = seen.idle.map(
    ({ seconds, open }) =>
      `an idle UDP flow is ${open ? 'still open' : 'closed (or its answer was lost)'} after ${seconds} s`,
  )
  return [
    `${seen.farEnd} SIP`,
    ...[...lines, ...(nat === '' ? [] : [nat]), ...idle].flatMap((line) => indent(line, WIDTH, 2)),
    '',
  ]
}

function askLines({ transport, port, result, rewritten }: SipAsk): string[] {
  const name = `${transport.toUpperCase()} ${port}`
  if (result !== 'mirrored') return [`${name}: ${RESULTS[result]}`]
  if (rewritten.length === 0) return [`${name}: nothing was rewritten`]
  return [
    `${name}: rewritten by a SIP gateway (ALG); switch it off on the device on that way`,
    ...rewritten.map(
      ({ field, leg, sent, returned }) =>
        `  ${field} ${LEGS[leg]}: sent ${quoted(sent)}, came back ${quoted(returned)}`,
    ),
  ]
}

/** Whether the far end sees this host's own address and port. */
function natText(asks: readonly SipAsk[]): string {
  const ask = asks.find(({ own, seen }) => own !== null && seen !== null)
  if (ask?.own == null || ask.seen === null) return ''
  const { own, seen } = ask
  if (own.address === seen.address && own.port === seen.port)
    return 'no NAT: the far end sees own address and port'
  return `NAT: ${own.address} port ${own.port} is seen as ${seen.address} port ${seen.port}`
}

function quoted(text: string): string {
  return text === '' ? 'nothing' : `"${text}"`
}
