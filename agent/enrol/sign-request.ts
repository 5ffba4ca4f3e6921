import { createHash } from 'node:crypto'
import {
  REQUEST_PAYLOAD_TYPE,
  requestHeader,
  requestText,
  TIME_HEADER,
} from '../../shared/evidence/agent-request.ts'
import { signPayload } from '../../shared/evidence/dsse.ts'
import type { Reply } from './exchange.ts'
import type { Credentials } from './identity.ts'

/** One request as it will be sent. */
export interface Unsigned {
  readonly method: string
  readonly url: Pick<URL, 'pathname' | 'search'>
  readonly body: Uint8Array
}

/** Signs requests by the collector's time, as far as it has told it. */
export class RequestSigner {
  readonly #credentials: () => Credentials
  readonly #nowMs: () => number
  #offsetMs = 0

  /** @param credentials asked for each request, so that a new key counts from the next one on */
  constructor(credentials: () => Credentials, nowMs: () => number) {
    this.#credentials = credentials
    this.#nowMs = nowMs
  }

  /** The value of the header Authorization for this very request, good for a minute. */
  authorization({ method, url, body }: Unsigned): string {
    const { identity, signer } = this.#credentials()
    const { site, agent, keyId } = identity
    const request = {
      ...{ site, agent, keyId, method, target: `${url.pathname}${url.search}` },
      timeMs: Math.max(0, Math.round(this.#nowMs() + this.#offsetMs)),
      bodySha256: createHash('sha256').update(body).digest('hex'),
    }
    const signature = signPayload(signer, REQUEST_PAYLOAD_TYPE, requestText(request))
    return requestHeader(request, Buffer.from(signature).toString('base64'))
  }

  /**
   * Looks at a refusal: true when it was about the time, and signing again (with the collector's
   * time, which is remembered) is worth one more try.
   */
  learnTime({ status, headers }: Pick<Reply, 'status' | 'headers'>): boolean {
    const told = Number(headers[TIME_HEADER])
    if (status !== 401 || !Number.isSafeInteger(told) || told <= 0) return false
    const offset = told - this.#nowMs()
    if (Math.abs(offset - this.#offsetMs) < 30_000) return false
    this.#offsetMs = offset
    return true
  }
}

/** Sends a signed request, and once more when the collector's clock was the trouble. */
export async function askSigned(
  signer: RequestSigner,
  request: Unsigned,
  send: (authorization: string) => Promise<Reply>,
): Promise<Reply> {
  const reply = await send(signer.authorization(request))
  if (!signer.learnTime(reply)) return reply
  return send(signer.authorization(request))
}
