import {
  type DnsAnswer,
  type DnsObservation,
  type SystemLookup,
  sameCase,
} from '../../../shared/record/dns.ts'
import type { AskDns, DnsAsked } from '../../io/dns.ts'
import { inParallel } from '../../io/limited.ts'
import type { HostResolver } from '../../io/resolver.ts'
import type { Probe, ProbeContext } from '../types.ts'
import { dhcpSearch, dnsLines, questionsOf, serversOf, systemNames } from './questions.ts'

/** The sockets and files of this probe (agent/io). */
export interface DnsIo {
  readonly ask: AskDns
  readonly hostResolver: () => Promise<HostResolver>
  readonly systemLookup: (name: string) => Promise<SystemLookup>
}

const AT_ONCE = 32
/** A record has room for little more than 48 kB in all. */
const MOST_ANSWERS = 96

/**
 * Asks every server for every name that the site's lines hold, then for the address of every target
 * that a service record names, at the server that named it. Beside that, what this host's own
 * resolver makes of short names and of `.local`. No line to look at: no observation.
 */
export function dnsProbe(io: DnsIo): Probe {
  return {
    name: 'dns',
    kinds: ['dns-a', 'dns-srv'],
    async run(context, signal) {
      const lines = dnsLines(context)
      if (lines.length === 0) return []
      const from = context.nowMs()
      const host = await io.hostResolver()
      const servers = serversOf(context, host.servers)
      const asked = servers.flatMap(({ address }) =>
        questionsOf(lines).map((question): DnsAsked => ({ ...question, server: address })),
      )
      const names = await askAll(io, asked, context, signal)
      const targets = targetsOf(names).slice(0, MOST_ANSWERS - names.length)
      const answers = [...names, ...(await askAll(io, targets, context, signal))]
      const seen: DnsObservation = {
        ...{ kind: 'dns', farEnd: 'none', from },
        servers,
        search: { host: [...host.search], dhcp: [...dhcpSearch(context)] },
        answers,
        skipped:
          Math.max(0, asked.length - MOST_ANSWERS) + targetsOf(names).length - targets.length,
        system: [...(await systemLookups(io, systemNames(lines, context), context, signal))],
        to: Math.max(from, context.nowMs()),
      }
      return [seen]
    },
  }
}

async function askAll(
  io: DnsIo,
  asked: readonly DnsAsked[],
  { progress }: ProbeContext,
  signal: AbortSignal,
): Promise<readonly DnsAnswer[]> {
  let done = 0
  const work = async (one: DnsAsked): Promise<DnsAnswer> => {
    const answer = await io.ask(one, signal)
    progress(`DNS: ${++done} of ${Math.min(asked.length, MOST_ANSWERS)} questions`)
    return answer
  }
  const answers = await inParallel(asked.slice(0, MOST_ANSWERS), AT_ONCE, work, signal)
  return answers.filter((one) => one !== undefined)
}

/** Each target once per server, save those that were asked for already. */
function targetsOf(answers: readonly DnsAnswer[]): readonly DnsAsked[] {
  const known = new Set(answers.filter(({ type }) => type === 'A').map(keyOf))
  return answers
    .flatMap(({ server, services }) =>
      services.map(({ target }): DnsAsked => ({ server, name: target, type: 'A' })),
    )
    .filter((one) => !known.has(keyOf(one)) && known.add(keyOf(one)))
}

function keyOf({ server, name }: Pick<DnsAsked, 'server' | 'name'>): string {
  return `${server} ${sameCase(name)}`
}

/** One after the other, until one is silent: the next would wait as long for the same reason. */
async function systemLookups(
  io: DnsIo,
  names: readonly string[],
  { progress }: ProbeContext,
  signal: AbortSignal,
): Promise<readonly SystemLookup[]> {
  const found: SystemLookup[] = []
  for (const name of names) {
    if (signal.aborted || found.at(-1)?.outcome === 'silent') break
    progress(`DNS: this host's own resolver, ${name}`)
    found.push(await io.systemLookup(name))
  }
  return found
}
