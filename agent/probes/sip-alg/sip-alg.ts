import type { SipAlgObservation, SipAsk } from '../../../shared/record/sip-alg.ts'
import type { KeyedHash } from '../../../shared/wire/control.ts'
import { ipv4Text, ipv6Text } from '../../../shared/wire/ip-text.ts'
import { decodeSip, encodeInvite, octetsOf } from '../../../shared/wire/sip.ts'
import { compareSip, type Mirrored, readAsk, sealAsk } from '../../../shared/wire/sip-seal.ts'
import type { AskSip, SipEndpoint, SipReply } from '../../io/sip.ts'
import type { ReadyFarEnd } from '../../plan.ts'
import type { Probe, ProbeContext } from '../types.ts'

/** Where gateways look for SIP. */
export const SIP_PORT = 5060
const TIMEOUT_MS = 2500
/** An answer that was held back may take this much longer than it was held. */
const IDLE_MARGIN_MS = 2500
const MOST_TEXT = 253
const MOST_REWRITES = 16

export interface SipMeans {
  readonly ask: AskSip
  readonly hash: KeyedHash
  /** Hexadecimal digits of so many random octets. */
  readonly randomHex: (octets: number) => string
}

export interface SipChoices {
  /** Port of the SIP mirror: 5060 but in tests. */
  readonly port: number
  /** Idle gaps to try, seconds; none by default, since each takes its time. */
  readonly idleSeconds: readonly number[]
}

/**
 * Sends an INVITE to every far end, over UDP and TCP where SIP lives and over the reflector's own port,
 * and says what a gateway on the way rewrote, on which leg, and behind which NAT this host stands.
 * Information: no line of the profile asks for it.
 */
export function sipAlgProbe(means: SipMeans, choices: Partial<SipChoices> = {}): Probe {
  const { port = SIP_PORT, idleSeconds = [] } = choices
  return {
    name: 'sip-alg',
    kinds: [],
    run: async (context, signal) => {
      context.progress('SIP: asking for what is rewritten on the way')
      return await Promise.all(
        context.farEnds.map((farEnd) =>
          lookAt({ means, farEnd, context, signal }, port, idleSeconds),
        ),
      )
    },
  }
}

interface Look {
  readonly means: SipMeans
  readonly farEnd: ReadyFarEnd
  readonly context: ProbeContext
  readonly signal: AbortSignal
}

async function lookAt(
  look: Look,
  sipPort: number,
  idleSeconds: readonly number[],
): Promise<SipAlgObservation> {
  const { farEnd, context } = look
  const from = context.nowMs()
  const [asks, idle] = await Promise.all([
    Promise.all([
      askOne(look, 'udp', sipPort),
      askOne(look, 'tcp', sipPort),
      askOne(look, 'udp', farEnd.port),
    ]),
    Promise.all(idleSeconds.map((seconds) => askIdle(look, seconds))),
  ])
  return { kind: 'sip-alg', farEnd: farEnd.farEnd, from, to: context.nowMs(), asks, idle }
}

async function askOne(look: Look, transport: 'udp' | 'tcp', port: number): Promise<SipAsk> {
  const reply = await send(look, transport, port, 0, TIMEOUT_MS)
  const { own, rttMs } = reply
  const base = { transport, port, own, seen: null, rewritten: [], rttMs: null }
  if (reply.answer === null) {
    const result = reply.result === 'answered' ? 'silent' : reply.result
    return { ...base, result }
  }
  const found = compareSip(reply.sent, reply.answer, secretOf(look), look.means.hash)
  if (found === null) return { ...base, result: isOurs(reply.answer) ? 'broken' : 'foreign' }
  return {
    ...base,
    result: 'mirrored',
    seen: seenOf(found),
    rewritten: found.rewritten.slice(0, MOST_REWRITES).map((one) => ({
      ...one,
      sent: one.sent.slice(0, MOST_TEXT),
      returned: one.returned.slice(0, MOST_TEXT),
    })),
    rttMs: rttMs === null ? null : Math.round(rttMs * 1000) / 1000,
  }
}

/** One flow that says nothing for so long before its answer comes. */
async function askIdle(
  look: Look,
  seconds: number,
): Promise<{ readonly seconds: number; readonly open: boolean }> {
  const within = seconds * 1000 + IDLE_MARGIN_MS
  const reply = await send(look, 'udp', look.farEnd.port, seconds, within)
  const found =
    reply.answer !== null &&
    compareSip(reply.sent, reply.answer, secretOf(look), look.means.hash) !== null
  return { seconds, open: found }
}

function send(
  look: Look,
  transport: 'udp' | 'tcp',
  port: number,
  delaySeconds: number,
  timeoutMs: number,
): Promise<SipReply> {
  const { means, farEnd, context, signal } = look
  const { localAddress } = context.site
  const target = {
    ...{ address: farEnd.address, port },
    ...(localAddress === undefined ? {} : { local: localAddress }),
  }
  const nonce = means.randomHex(16)
  const seal = sealAsk(farEnd.key.id, nonce, delaySeconds, secretOf(look), means.hash)
  const [literal = ''] = farEnd.address.split('%')
  const make = (own: SipEndpoint) => encodeInvite({ transport, own, farEnd: literal, nonce, seal })
  return means.ask(transport, target, make, timeoutMs, signal)
}

function secretOf({ farEnd }: Look): Uint8Array {
  return octetsOf(farEnd.key.secret)
}

/** Bears our header, but not a seal that holds. */
function isOurs(answer: Uint8Array): boolean {
  const message = decodeSip(answer)
  return message.ok && readAsk(message.value) !== null
}

function seenOf({ seenOctets, seenPort }: Mirrored): SipEndpoint {
  const octets = Uint8Array.from(seenOctets)
  const four = octets.subarray(0, 12).every((octet) => octet === 0) && (octets[12] ?? 0) !== 0
  return { address: four ? ipv4Text(octets, 12) : ipv6Text(octets, 0), port: seenPort }
}
