import { OctetsPool, PayloadOctets, type Place } from './payload-octets.ts'
import { LineReader, type LineTools, type ReadLine } from './read-lines.ts'
import {
  type Answer,
  askedOf,
  isAskedOf,
  PayloadReader,
  type PayloadTools,
  type Question,
  type ReadPayload,
} from './read-payloads.ts'
import type { VerifyTools } from './verify-items.ts'

/** Reads payloads as a {@link PayloadReader} does, maybe in another thread. Answers come in order. */
export interface Aside {
  readonly ask: (question: Question) => Promise<Answer>
  /** So many questions may wait for their answers: a fast reader must not fill the memory. */
  readonly ahead: number
  /** Called when the last answer was given: what it holds need not be held any longer. */
  readonly close?: () => Promise<unknown>
}

/** Lines that follow each other, and what their payloads hold. */
export interface ReadBatch {
  readonly lines: readonly ReadLine[]
  /** Payloads; whoever needs them when the next batch is asked for must hold them. */
  readonly octets: PayloadOctets
  readonly words: Answer['words']
  /** What was observed, packed for whoever asks again. */
  readonly packed: Uint8Array
  /** Of each record that was asked of, in order; null: it is not of its format. */
  readonly payloads: readonly (KeptPayload | null)[]
}

export interface KeptPayload extends ReadPayload {
  /** Where its observations, or the whole payload, stand in the texts that are packed. */
  readonly place: Place
}

/** So many octets of lines, nearly, are read together: what is packed is unpacked together as well. */
const BATCH = 400_000
/** And so many of one line beyond. */
const LAST_LINE = 70_000

/** Reads all lines of a bundle, and lets their payloads be read. */
export async function* readAlong(input: {
  readonly lines: () => AsyncIterable<readonly Uint8Array[]>
  readonly tools: LineTools & PayloadTools & Pick<VerifyTools, 'pack'>
  readonly aside?: Aside
  /** Judgements are wanted whole, not in words alone. */
  readonly keepsJudgements?: boolean
}): AsyncGenerator<ReadBatch> {
  const whole = input.keepsJudgements === true
  const { ask, ahead } = input.aside ?? here(input.tools)
  const packer = new Packer(input.tools)
  const waiting: Waiting[] = []
  for await (const { lines, octets } of batchesOf(input.lines(), input.tools)) {
    const answer = ask({ asked: askedOf(lines), octets: octets.all(), whole })
    // It is heard of where it is waited for, which may be later than it fails.
    answer.catch(() => {})
    waiting.push({ lines, octets, answer })
    const first = waiting.length > ahead ? waiting.shift() : undefined
    if (first !== undefined) yield* answered(first, packer)
  }
  for (const one of waiting) yield* answered(one, packer)
  await input.aside?.close?.()
}

interface Waiting extends Lines {
  readonly answer: Promise<Answer>
}

async function* answered(
  { lines, octets, answer }: Waiting,
  packer: Packer,
): AsyncGenerator<ReadBatch> {
  const { payloads, words } = await answer
  yield { lines, octets, words, ...packer.pack({ lines, octets }, payloads) }
  octets.release()
}

/** Packs what was observed, a batch at a time. Not where payloads are read: there is more to do. */
class Packer {
  readonly #pack: VerifyTools['pack']
  readonly #texts = new PayloadOctets(0)

  constructor({ pack }: Pick<VerifyTools, 'pack'>) {
    this.#pack = pack
  }

  pack(
    { lines, octets }: Lines,
    payloads: Answer['payloads'],
  ): Pick<ReadBatch, 'packed' | 'payloads'> {
    const texts = this.#texts
    const asked = lines.filter(isAskedOf)
    const kept = payloads.map((payload, at): KeptPayload | null => {
      const record = asked[at]
      if (payload === null || record === undefined) return null
      const { cut } = payload
      const own = octets.at(record.place)
      return { ...payload, place: texts.copy(cut === null ? own : own.subarray(cut.from, cut.to)) }
    })
    return { packed: this.#pack(texts.taken()), payloads: kept }
  }
}

type Lines = Pick<ReadBatch, 'lines' | 'octets'>

async function* batchesOf(
  pieces: AsyncIterable<readonly Uint8Array[]>,
  tools: LineTools,
): AsyncGenerator<Lines> {
  const reader = new LineReader(tools)
  const pool = new OctetsPool(BATCH + LAST_LINE)
  let lines: ReadLine[] = []
  let octets = pool.take()
  let length = 0
  for await (const piece of pieces) {
    for (const line of piece) {
      lines.push(reader.read(line, octets))
      length += line.length + 1
      if (length < BATCH) continue
      yield { lines, octets }
      lines = []
      octets = pool.take()
      length = 0
    }
  }
  if (lines.length > 0) yield { lines, octets }
}

/** Without any other thread. */
function here(tools: PayloadTools): Aside {
  const reader = new PayloadReader(tools)
  return { ask: (question) => Promise.resolve(reader.read(question)), ahead: 0 }
}

/** What a line shares with others of its batch: what their payloads were found to hold, in order. */
export interface Around extends Pick<ReadBatch, 'octets' | 'packed'> {
  readonly next: () => KeptPayload | null
}

/** What the payloads of a batch were found to hold, one after the other, as its lines ask for them. */
export function nextOf({ payloads }: ReadBatch): Around['next'] {
  let at = 0
  return () => {
    const next = payloads[at]
    // Who was asked of fewer records must not pass for one who found them good.
    if (next === undefined) throw new TypeError('a record that was not asked of')
    at += 1
    return next
  }
}
