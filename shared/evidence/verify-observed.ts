import type { AgentRecord } from '../record/record.ts'
import { recordOf } from './read-payloads.ts'
import type { VerifyTools } from './verify-items.ts'
import { Again, Unpacker } from './verify-keep.ts'

type Observations = AgentRecord['observations']

/** Where what a record observed stands among the octets that are packed with it. */
export interface PackedPlace {
  readonly packed: Uint8Array
  readonly from: number
  readonly to: number
  /** Its whole payload stands there. */
  readonly whole: boolean
  /** It holds for longer than voice does: it is of a round or a run. */
  readonly carried: boolean
}

/** So many records' observations are held when they were asked for: of voice, and of what holds longer. */
const VOICE_OPEN = 64
const CARRIED_OPEN = 128

/** Reads again what records observed; a month of that is too much to hold. */
export class ObservedAgain {
  readonly #unpacker: Unpacker
  readonly #voice = new Again<Observations>(VOICE_OPEN)
  readonly #carried = new Again<Observations>(CARRIED_OPEN)

  readonly #text: VerifyTools['text']

  constructor(tools: Pick<VerifyTools, 'unpack' | 'text'>) {
    this.#unpacker = new Unpacker(tools)
    this.#text = tools.text
  }

  /** @param whose record: those asked for last are held by it */
  of(whose: object, { packed, from, to, whole, carried }: PackedPlace): Observations {
    return (carried ? this.#carried : this.#voice).of(whose, () => {
      const text = this.#text(this.#unpacker.octets(packed).subarray(from, to))
      return whole ? (recordOf(text)?.observations ?? []) : JSON.parse(text)
    })
  }
}
