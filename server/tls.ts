import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { Fault } from '../shared/errors.ts'

export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** A certificate with its key, both PEM, and what agents pin of it. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  /** SHA-256 of its SubjectPublicKeyInfo, base64url: stays when it is renewed with the same key. */
  readonly pin: string
  readonly notAfterMs: number
}

/** How often the files are looked at for a new certificate. */
const RECHECK_MS = 10_000

/** Reads and checks both files. @throws Fault CONFIG_READ, CONFIG_VALUE */
export function readCertificate({ cert: certFile, key: keyFile }: TlsFiles): Certificate {
  const cert = readText(certFile, 'a certificate in PEM')
  const key = readText(keyFile, 'its private key in PEM')
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    const where = `${certFile}, ${keyFile}`
    throw new Fault('CONFIG_VALUE', where, 'a certificate and its own key', String(error))
  }
  return { cert, key, ...factsOf(cert) }
}

/** What an agent pins of a certificate file. @throws Fault CONFIG_READ, CONFIG_VALUE */
export function pinOfFile(file: string): string {
  const cert = readText(file, 'a certificate in PEM')
  try {
    return factsOf(cert).pin
  } catch (error) {
    throw new Fault('CONFIG_VALUE', file, 'a certificate in PEM', String(error))
  }
}

/**
 * Follows the files, looked at every ten seconds and at SIGHUP: `onNew` gets each new certificate,
 * `onError` why a changed one was not taken (the last good one stays). Returns how to end it.
 */
export function followCertificate(
  files: TlsFiles,
  onNew: (certificate: Certificate) => void,
  onError: (error: unknown) => void,
): () => void {
  let mark = markOf(files)
  const look = (asked: boolean) => {
    const found = markOf(files)
    if (!asked && found === mark) return
    mark = found
    try {
      onNew(readCertificate(files))
    } catch (error) {
      onError(error)
    }
  }
  const timer = setInterval(() => look(false), RECHECK_MS)
  timer.unref()
  const reload = () => look(true)
  process.on('SIGHUP', reload)
  return () => {
    clearInterval(timer)
    process.off('SIGHUP', reload)
  }
}

function factsOf(cert: string): Pick<Certificate, 'pin' | 'notAfterMs'> {
  const parsed = new X509Certificate(cert)
  const spki = parsed.publicKey.export({ format: 'der', type: 'spki' })
  const pin = createHash('sha256').update(spki).digest('base64url')
  return { pin, notAfterMs: Date.parse(parsed.validTo) }
}

function markOf({ cert, key }: TlsFiles): string {
  return [cert, key]
    .map((file) => statSync(file, { throwIfNoEntry: false }))
    .map((stat) => (stat === undefined ? 'none' : `${stat.ino}/${stat.mtimeMs}/${stat.size}`))
    .join(' ')
}

function readText(file: string, wanted: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const found = error instanceof Error && 'code' in error ? String(error.code) : 'an error'
    throw new Fault('CONFIG_READ', file, wanted, found)
  }
}
