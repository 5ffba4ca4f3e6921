import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { checkServerIdentity, rootCertificates } from 'node:tls'
import { Fault } from '../shared/errors.ts'

/** What `node:https` trusts, and whom it takes for the one that it asked. */
export type Trust = Pick<RequestOptions, 'ca' | 'checkServerIdentity'>

/**
 * A certificate that was named is trusted beside the system's, whatever address it is for: who named it
 * has it from the collector's operator.
 * @throws Fault CONFIG_READ where there is no such file, or no certificate in it
 */
export function trustIn(file: string): Trust {
  const { pem, fingerprint } = readCertificate(file)
  const trust = {
    ca: [...rootCertificates, pem],
    allowPartialTrustChain: true,
    checkServerIdentity: (...[host, shown]: Parameters<typeof checkServerIdentity>) =>
      shown.fingerprint256 === fingerprint ? undefined : checkServerIdentity(host, shown),
  }
  return trust
}

/** What mends a connection that TLS refused (codes of OpenSSL and Node); null: it was something else. */
export function tlsRepair(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/CERT|ALTNAME|LEAF_SIGNATURE/.test(code)) return null
  return 'give its certificate with --tls-cert FILE if it is the collector’s own; else somebody stands between'
}

function readCertificate(file: string): { readonly pem: string; readonly fingerprint: string } {
  let pem: string
  try {
    pem = readFileSync(file, 'utf8')
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? 'an error'
    throw new Fault('CONFIG_READ', file, 'a file that can be read', found)
  }
  try {
    return { pem, fingerprint: new X509Certificate(pem).fingerprint256 }
  } catch {
    const repair = 'name the file that the collector gets as --tls-cert'
    throw new Fault('CONFIG_READ', file, 'a certificate (PEM)', 'something else', repair)
  }
}
