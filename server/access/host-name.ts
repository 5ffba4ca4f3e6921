import { isIP } from 'node:net'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host)
}

/** The host of a request's header Host, without port and brackets, lower case. */
export function askedHost(header: string | undefined): string {
  const host = (header ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return host.replace(/\.$/, '').toLowerCase()
}

/**
 * True for an address, a loopback name, or a name that is ours. By any other name a page from elsewhere may
 * be asking, in the browser of somebody who reaches this port: its own name, led here by its DNS (rebinding).
 */
export function isOwnName(header: string | undefined, own: readonly string[]): boolean {
  const host = askedHost(header)
  return isIP(host) !== 0 || isLoopback(host) || own.some((name) => askedHost(name) === host)
}

/** Names that a collector knows itself by. */
export function ownNames(
  listenHost: string,
  publicUrl: string | null,
  given: readonly string[],
): readonly string[] {
  const url = publicUrl !== null && URL.canParse(publicUrl) ? [new URL(publicUrl).hostname] : []
  return [listenHost, ...url, ...given]
}
