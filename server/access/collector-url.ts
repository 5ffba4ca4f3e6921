import { Fault } from '../../shared/errors.ts'
import { bracketed } from '../../shared/host-text.ts'

/** What a command was told, or knows, of how its collector is reached. */
export interface Reached {
  readonly listen: { readonly host: string; readonly port: number }
  readonly url?: string
  readonly tlsCert?: string
}

/** Of a collector on all addresses of this host, the one that it is asked at from here. */
const FROM_HERE: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
])

/** True where it listens on all addresses of its host, which says to nobody else where it is. */
export function isEverywhere({ listen }: Pick<Reached, 'listen'>): boolean {
  return FROM_HERE.has(listen.host)
}

/** Where it is asked: `--url`, else where it listens. @throws Fault USAGE for what is no address of HTTP */
export function collectorUrl({ url, listen, tlsCert }: Reached): string {
  const scheme = tlsCert === undefined ? 'http' : 'https'
  const host = bracketed(FROM_HERE.get(listen.host) ?? listen.host)
  const text = url ?? `${scheme}://${host}:${listen.port}`
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new Fault('USAGE', '--url', 'http://HOST:PORT or https://HOST:PORT', text)
}
