import { PayloadOctets } from './read-leaf.ts'
import { LineReader, type LineTools, type ReadLine } from './read-lines.ts'
import {
  type Answer,
  askedOf,
  PayloadReader,
  type PayloadTools,
  type Question,
} from './read-payloads.ts'

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
  readonly answer: Answer
}

/** So many octets of lines, nearly, are read together: what is packed is unpacked together as well. */
const BATCH = 400_000
/** And so many of one line beyond. */
const LAST_LINE = 70_000

/** Reads all lines of a bundle, and lets their payloads be read. */
export async function* readAlong(input: {
  readonly lines: () => AsyncIterable<readonly Uint8Array[]>
  readonly tools: LineTools & PayloadTools
  readonly aside?: Aside
  /** Judgements are wanted whole, not in words alone. */
  readonly keepsJudgements?: boolean
}): AsyncGenerator<ReadBatch> {
  const whole = input.keepsJudgements === true
  const { ask, ahead } = input.aside ?? here(input.tools)
  const waiting: { readonly lines: readonly ReadLine[]; readonly answer: Promise<Answer> }[] = []
  for await (const { lines, octets } of batchesOf(input.lines(), input.tools)) {
    const answer = ask({ asked: askedOf(lines), octets, whole })
    // It is heard of where it is waited for, which may be later than it fails.
    answer.catch(() => {})
    waiting.push({ lines, answer })
    const first = waiting.length > ahead ? waiting.shift() : undefined
    if (first !== undefined) yield { lines: first.lines, answer: await first.answer }
  }
  for (const { lines, answer } of waiting) yield { lines, answer: await answer }
  await input.aside?.close?.()
}

async function* batchesOf(
  pieces: AsyncIterable<readonly Uint8Array[]>,
  tools: LineTools,
): AsyncGenerator<{ readonly lines: readonly ReadLine[]; readonly octets: Uint8Array }> {
  const reader = new LineReader(tools)
  let batch: ReadLine[] = []
  let payloads = new PayloadOctets(BATCH + LAST_LINE)
  let octets = 0
  for await (const lines of pieces) {
    for (const line of lines) {
      batch.push(reader.read(line, payloads))
      octets += line.length
      if (octets < BATCH) continue
      yield { lines: batch, octets: payloads.all() }
      batch = []
      payloads = new PayloadOctets(BATCH + LAST_LINE)
      octets = 0
    }
  }
  if (batch.length > 0) yield { lines: batch, octets: payloads.all() }
}

/** Without any other thread. */
function here(tools: PayloadTools): Aside {
  const reader = new PayloadReader(tools)
  return { ask: (question) => Promise.resolve(reader.read(question)), ahead: 0 }
}
