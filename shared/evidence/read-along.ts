import { LineReader, type LineTools, type ReadLine } from './read-lines.ts'
import { type Answer, type Asked, askedOf, PayloadReader } from './read-payloads.ts'
import type { VerifyTools } from './verify-items.ts'

/** Reads payloads as a {@link PayloadReader} does, maybe in another thread. Answers come in order. */
export interface Aside {
  readonly ask: (asked: readonly Asked[]) => Promise<Answer>
  /** So many questions may wait for their answers: a fast reader must not fill the memory. */
  readonly ahead: number
}

/** Lines that follow each other, and what their payloads hold. */
export interface ReadBatch {
  readonly lines: readonly ReadLine[]
  readonly answer: Answer
}

/** So many octets of lines, nearly, are read together: what is packed is unpacked together as well. */
const BATCH = 100_000

/** Reads all lines of a bundle, and lets their payloads be read. */
export async function* readAlong(input: {
  readonly lines: () => AsyncIterable<string>
  readonly tools: LineTools & Pick<VerifyTools, 'fromBase64' | 'pack'>
  readonly aside?: Aside
}): AsyncGenerator<ReadBatch> {
  const { ask, ahead } = input.aside ?? here(input.tools)
  const waiting: { readonly lines: readonly ReadLine[]; readonly answer: Promise<Answer> }[] = []
  for await (const lines of batchesOf(input.lines(), input.tools)) {
    const answer = ask(askedOf(lines))
    // It is heard of where it is waited for, which may be later than it fails.
    answer.catch(() => {})
    waiting.push({ lines, answer })
    const first = waiting.length > ahead ? waiting.shift() : undefined
    if (first !== undefined) yield { lines: first.lines, answer: await first.answer }
  }
  for (const { lines, answer } of waiting) yield { lines, answer: await answer }
}

async function* batchesOf(
  lines: AsyncIterable<string>,
  tools: LineTools,
): AsyncGenerator<readonly ReadLine[]> {
  const reader = new LineReader(tools)
  let batch: ReadLine[] = []
  let octets = 0
  for await (const text of lines) {
    batch.push(reader.read(text))
    octets += text.length
    if (octets < BATCH) continue
    yield batch
    batch = []
    octets = 0
  }
  if (batch.length > 0) yield batch
}

/** Without any other thread. */
function here(tools: Pick<VerifyTools, 'sha256' | 'fromBase64' | 'pack'>): Aside {
  const reader = new PayloadReader(tools)
  return { ask: (asked) => Promise.resolve(reader.read(asked)), ahead: 0 }
}
