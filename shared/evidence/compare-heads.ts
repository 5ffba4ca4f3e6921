import { sameOctets } from './octets.ts'

/** What one party was shown of a log: the heads that its key signed, and what can be reckoned of it. */
export interface Shown {
  readonly origin: string
  /** Signed by a trusted key of the log, and borne out by the leaves of that party. */
  readonly heads: readonly {
    readonly size: number
    readonly root: Uint8Array
    /** The signed note, byte for byte. */
    readonly note: string
    /** Witnesses whose cosignatures verified. */
    readonly cosigners?: readonly { readonly name: string }[]
  }[]
  /** The root of the first `size` leaves; undefined when it cannot be reckoned from here. */
  readonly rootAt: (size: number) => Uint8Array | undefined
}

/** Two signed heads that no one log can have. */
export interface ForkFound {
  /**
   * `two-roots`: one size, two contents: the two notes are the whole proof. `other-beginning`: the
   * larger one begins with another first part, as its own party's leaves show.
   */
  readonly kind: 'two-roots' | 'other-beginning'
  readonly a: { readonly size: number; readonly note: string }
  readonly b: { readonly size: number; readonly note: string }
  /** Witnesses that cosigned both histories, which a witness must never do: they vouch for nothing. */
  readonly cosignedBoth: readonly string[]
}

export interface HeadsCompared {
  readonly word: 'consistent' | 'fork' | 'cannot-say'
  /** Leaves up to which both are proven to be one log. */
  readonly agreedTo: number
  /** For a person. */
  readonly why: string
  readonly fork: ForkFound | null
}

type Head = Shown['heads'][number]

/** Holds what two parties were shown of a log against each other. */
export function compareHeads(a: Shown, b: Shown): HeadsCompared {
  const lastA = a.heads.at(-1)
  const lastB = b.heads.at(-1)
  if (a.origin !== b.origin) return unsaid(0, `they are of two logs, ${a.origin} and ${b.origin}`)
  if (lastA === undefined || lastB === undefined) {
    const which = lastA === undefined ? 'A' : 'B'
    return unsaid(0, `${which} has no head that a trusted key of the log signed`)
  }
  const forks = [
    ...held(a, b).forks,
    ...held(b, a).forks.map((one) => ({ kind: one.kind, a: one.b, b: one.a })),
  ].sort((x, y) => Number(y.kind === 'two-roots') - Number(x.kind === 'two-roots'))
  const [fork] = forks
  if (fork !== undefined) {
    const why =
      fork.kind === 'two-roots'
        ? `the log's key signed two histories of ${fork.a.size} leaves`
        : `the log's key signed ${fork.a.size} leaves for A and ${fork.b.size} for B, and the larger does not begin with the smaller`
    return { word: 'fork', agreedTo: 0, why, fork: { ...fork, cosignedBoth: cosignedBoth(a, b) } }
  }
  const agreedTo = Math.max(held(a, b).agreedTo, held(b, a).agreedTo)
  const least = Math.min(lastA.size, lastB.size)
  if (agreedTo < least) return unsaid(agreedTo, `nothing here leads from one to the other`)
  const sizes = `${lastA.size} and ${lastB.size} leaves`
  return { word: 'consistent', agreedTo, why: `one log, of ${sizes}`, fork: null }
}

/** The heads of one held against what can be reckoned of the other. */
function held(one: Shown, other: Shown): { readonly agreedTo: number; readonly forks: Conflict[] } {
  let agreedTo = 0
  const forks: Conflict[] = []
  for (const head of one.heads) {
    // What no signed head of the other covers is nobody's word.
    const over = other.heads.find(({ size }) => size >= head.size)
    const root = over === undefined ? undefined : rootIn(other, over, head.size)
    if (over === undefined || root === undefined) continue
    if (sameOctets(root, head.root)) agreedTo = Math.max(agreedTo, head.size)
    else forks.push(forkOf(head, over))
  }
  return { agreedTo, forks }
}

function rootIn(shown: Shown, over: Head, size: number): Uint8Array | undefined {
  return over.size === size ? over.root : shown.rootAt(size)
}

/**
 * Names of the witnesses that cosigned both of two histories. Where a witness cosigned any two heads that
 * no one log can have, the largest that it cosigned of each are two such.
 */
function cosignedBoth(a: Shown, b: Shown): string[] {
  const names = new Set(a.heads.flatMap(({ cosigners = [] }) => cosigners.map(({ name }) => name)))
  return [...names].filter((name) => {
    const [ofA, ofB] = [a, b].map(({ heads }) =>
      heads.findLast(({ cosigners = [] }) => cosigners.some((one) => one.name === name)),
    )
    if (ofA === undefined || ofB === undefined) return false
    const [small, large, shown] = ofA.size <= ofB.size ? [ofA, ofB, b] : [ofB, ofA, a]
    const root = rootIn(shown, large, small.size)
    return root !== undefined && !sameOctets(root, small.root)
  })
}

type Conflict = Omit<ForkFound, 'cosignedBoth'>

function forkOf(a: Head, b: Head): Conflict {
  const kind = a.size === b.size ? 'two-roots' : 'other-beginning'
  return { kind, a: { size: a.size, note: a.note }, b: { size: b.size, note: b.note } }
}

function unsaid(agreedTo: number, why: string): HeadsCompared {
  return { word: 'cannot-say', agreedTo, why, fork: null }
}

/** As compareHeads, with a copy of the whole log beside them that leads from one to the other. */
export function compareThrough(a: Shown, b: Shown, whole: Shown): HeadsCompared {
  const direct = compareHeads(a, b)
  if (direct.word !== 'cannot-say' || a.origin !== b.origin) return direct
  const [toA, toB] = [compareHeads(a, whole), compareHeads(whole, b)]
  if (toA.word === 'fork') return { ...toA, why: `A and the copy of the log: ${toA.why}` }
  if (toB.word === 'fork') return { ...toB, why: `the copy of the log and B: ${toB.why}` }
  const [lastA, lastB] = [a, b].map(({ heads }) => heads.at(-1)?.size ?? 0)
  const least = Math.min(toA.agreedTo, toB.agreedTo, lastA ?? 0, lastB ?? 0)
  if (toA.word === 'consistent' && toB.word === 'consistent') {
    const why = `one log, of ${lastA} and ${lastB} leaves, by a copy of it`
    return { word: 'consistent', agreedTo: least, why, fork: null }
  }
  return unsaid(Math.max(direct.agreedTo, least), 'the copy of the log is not as long as both')
}
