import { sha256hex } from '../../../config/load.ts'
import { packPayload } from '../../../server/store/packed.ts'
import type { RecordRow } from '../../../server/store/record-row.ts'
import {
  type AgentRecord,
  type Envelope,
  RECORD_PAYLOAD_TYPE,
} from '../../../shared/record/record.ts'
import { START, stream } from '../../shared/verdict/scenes.ts'

export const BOOT = '0a3d7e0c-4a44-4b5e-9d39-5b6f6f1c2d10'
export const OTHER_BOOT = '7f1d2c3b-0000-4000-8000-000000000001'
export const MINUTE = 60_000
export { START }

export interface RecordChange extends Partial<Omit<AgentRecord, 'window'>> {
  /** Minute after START that the window covers; also decides the sequence unless that is given. */
  readonly minute?: number
}

/** One minute of both far ends, all well. */
export function record(profileSha256: string, change: RecordChange = {}): AgentRecord {
  const { minute = 0, ...rest } = change
  const from = START + minute * MINUTE
  const to = from + MINUTE
  return {
    format: 'voip-ready/record/1',
    site: 'leeds',
    agent: 'leeds-1',
    boot: BOOT,
    sequence: minute + 1,
    previous: null,
    tool: { name: 'voip-ready', version: '0.1.0' },
    profile: { id: 'pureconnect-rcm', version: '1.0.0', sha256: profileSha256 },
    window: { from, to, monotonicMs: MINUTE },
    observations: [
      stream({ farEnd: 'primary', from, to }),
      stream({ farEnd: 'secondary', from, to }),
    ],
    ...rest,
  }
}

/** The envelope text around payload bytes or a value. */
export function envelope(payload: unknown): string {
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload))
  const whole: Envelope = {
    payloadType: RECORD_PAYLOAD_TYPE,
    payload: Buffer.from(bytes).toString('base64'),
    signatures: [],
  }
  return JSON.stringify(whole)
}

/** A row for the store alone: the payload is any bytes. */
export function row(change: Partial<RecordRow> & { readonly text?: string } = {}): RecordRow {
  const { text = `payload ${change.sequence ?? 1}`, ...rest } = change
  const payload = new Uint8Array(Buffer.from(text))
  return {
    site: 'leeds',
    agent: 'leeds-1',
    boot: BOOT,
    sequence: 1,
    receivedMs: START + MINUTE + 2000,
    fromMs: START,
    toMs: START + MINUTE,
    profileSha256: 'a'.repeat(64),
    payloadSha256: sha256hex(payload),
    packed: new Uint8Array(packPayload(payload)),
    frame: '{"payload":""}',
    frameAt: 12,
    leafHash: new Uint8Array(32),
    ...rest,
  }
}
