import type { PortPair } from '../../../shared/profile/ports.ts'
import {
  NO_PORT_TOKEN,
  PORTS_AT_ONCE,
  type PortsAnswer,
  VERBS,
  type Verb,
} from '../../../shared/wire/port-talk.ts'
import type { PortDesk } from '../../io/port-desk.ts'

export type Refusal = 'silent' | 'refused' | 'absent'

/** What a desk said of each pair, in the order asked. */
export interface Told {
  readonly token: string
  readonly who: string
  readonly rows: readonly {
    readonly pair: PortPair
    readonly state: number
    readonly code: number
    readonly ms: number
  }[]
}

export interface Talk {
  readonly desk: PortDesk
  readonly run: string
  /** The far end's address as the agent tests it. */
  readonly address: string
}

/**
 * Asks one thing of any number of pairs, in as many messages as it takes; the same pairs make the
 * same messages. A desk that fails once fails the whole.
 */
export async function askDesk(
  { desk, run, address }: Talk,
  verb: Verb,
  pairs: readonly PortPair[],
  token = NO_PORT_TOKEN,
): Promise<Told | Refusal> {
  const rows: Told['rows'][number][] = []
  let first: PortsAnswer | undefined
  for (const chunk of chunks(pairs)) {
    const proto = chunk[0]?.proto === 'udp' ? 17 : 6
    const ports = chunk.map(({ port }) => port)
    const question = { verb: VERBS[verb], proto, count: ports.length, token, run, address, ports }
    const answer = await desk.ask(question)
    if (typeof answer === 'string') return answer
    if (answer.verb !== VERBS[verb]) return 'absent'
    first ??= answer
    for (const [i, pair] of chunk.entries()) {
      const [state = 0, code = 0, ms = 0] = [answer.states[i], answer.codes[i], answer.ms[i]]
      rows.push({ pair, state, code, ms })
    }
  }
  return first === undefined ? 'absent' : { token: first.token, who: first.who, rows }
}

/** By protocol, at most as many as one message holds. */
function chunks(pairs: readonly PortPair[]): PortPair[][] {
  return (['tcp', 'udp'] as const).flatMap((proto) => {
    const own = pairs.filter((pair) => pair.proto === proto)
    return Array.from({ length: Math.ceil(own.length / PORTS_AT_ONCE) }, (_, i) =>
      own.slice(i * PORTS_AT_ONCE, (i + 1) * PORTS_AT_ONCE),
    )
  })
}
