import { ok, type Result, refuse } from '../result.ts'

/**
 * Enrolment of an agent: the one line that an operator carries to it, and what the agent signs to
 * prove that it holds the private half of the key that it brings.
 */
export const ENROLMENT_PAYLOAD_TYPE = 'application/vnd.voip-ready.enrolment'

/** `URL#id.secret[.pin]`. The part after # never leaves the agent in a request line or a log. */
export interface Invitation {
  /** Base address of the collector, without a slash at the end. */
  readonly collector: string
  readonly tokenId: string
  /** 128 bits, base64url. */
  readonly secret: string
  /** SHA-256 of the collector's SubjectPublicKeyInfo, base64url; null: its authority is trusted. */
  readonly pin: string | null
}

const LINE =
  /^(https?:\/\/[^\s#?]+?)\/?#([0-9a-f]{16})\.([A-Za-z0-9_-]{22})(?:\.([A-Za-z0-9_-]{43}))?$/
const LOOPBACK = /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(\/|$)/i

/** The line for the agent. */
export function writeInvitation({ collector, tokenId, secret, pin }: Invitation): string {
  return `${collector}#${tokenId}.${secret}${pin === null ? '' : `.${pin}`}`
}

/** Reads the line; refused with what is wrong about it. */
export function readInvitation(text: string): Result<Invitation, string> {
  const found = LINE.exec(text.trim())
  if (found === null) return refuse('not of the form https://HOST:PORT#ID.SECRET.PIN')
  const [, collector = '', tokenId = '', secret = '', pin = null] = found
  if (pin !== null && !collector.startsWith('https:')) {
    return refuse('a pin belongs to a certificate, and plain http has none')
  }
  return ok({ collector, tokenId, secret, pin })
}

/** True for plain HTTP to a name of this very host. */
export function isPlainLoopback(url: string): boolean {
  return LOOPBACK.test(url)
}

/** What the agent signs (as DSSE of the type above): the token, who it is for, and the new key. */
export function enrolmentText(about: {
  readonly tokenId: string
  /** SHA-256 of the secret, hex. */
  readonly secretSha256: string
  readonly site: string | null
  readonly agent: string | null
  /** Raw public key, base64. */
  readonly publicKey: string
}): Uint8Array {
  const { tokenId, secretSha256, site, agent, publicKey } = about
  const lines = [tokenId, secretSha256, site ?? '', agent ?? '', publicKey]
  return new TextEncoder().encode(`${lines.join('\n')}\n`)
}
