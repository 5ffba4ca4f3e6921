/** A provisioning address such as option 160 carries, in its parts. */
export interface ProvisioningUrl {
  readonly host: string
  readonly port: number
  readonly path: string
}

const FORM = /^http:\/\/([A-Za-z0-9._-]{1,253})(?::(\d{1,5}))?(\/[!-~]*)?$/

/** Splits `http://host:port/path`; port 80 and path `/` where they are left out. Null for any other text. */
export function provisioningUrl(text: string): ProvisioningUrl | null {
  const [, host, digits = '80', path = '/'] = FORM.exec(text) ?? []
  const port = Number(digits)
  if (host === undefined || port < 1 || port > 65535) return null
  return { host: host.replace(/\.$/, ''), port, path }
}
