import { Gauge, type Registry } from 'prom-client'

/** What runs out, in milliseconds since 1970. */
export interface ExpiryFigures {
  readonly certificateMs: () => number | null
  readonly tokens: () => readonly { readonly role: string; readonly expiresMs: number }[]
}

/** Without a certificate, and where no token ends soon, there is no sample: never a zero. */
export function addExpiryMetrics(registers: Registry[], figures: ExpiryFigures): void {
  new Gauge({
    name: 'voipready_certificate_expiry_timestamp_seconds',
    help: 'When the certificate that the collector serves runs out.',
    labelNames: ['serves'],
    registers,
    collect() {
      this.reset()
      const ms = figures.certificateMs()
      if (ms !== null) this.set({ serves: 'https' }, ms / 1000)
    },
  })
  new Gauge({
    name: 'voipready_api_token_expiry_timestamp_seconds',
    help: 'When the first API token of a role runs out, where that is within 14 days.',
    labelNames: ['role'],
    registers,
    collect() {
      this.reset()
      for (const { role, expiresMs } of figures.tokens()) this.set({ role }, expiresMs / 1000)
    },
  })
}
