/**
 * Two families, never mixed.
 *
 * A *refusal* is what the network or a peer did. It is data: returned, counted, labelled with its
 * code, never thrown. A *fault* is what an operator must mend. It is thrown once, at the edge, and
 * says where, what was wanted, what was found, and how to mend it.
 */
export const REFUSALS = {
  truncated: 'the bytes end before this field does',
  oversized: 'there are more bytes than this message may have',
  'bad-version': 'the version bits are not the ones the standard requires',
  'bad-type': 'no message of this kind exists here',
  'bad-value': 'the field holds a value that it must not hold',
  'bad-checksum': 'the checksum does not match the bytes',
  'bad-mac': 'the keyed digest does not match: wrong key or altered bytes',
  'not-ours': 'well formed, but it belongs to no session that this process opened',
} as const

export type RefusalCode = keyof typeof REFUSALS

export interface Refusal {
  readonly code: RefusalCode
  /** Byte offset of the field that could not be read. */
  readonly offset: number
}

/** Exit codes of every command (sysexits are not used: a gate needs few, stable numbers). */
export const EXIT = {
  pass: 0,
  fail: 1,
  inconclusive: 2,
  usage: 3,
  environment: 4,
  evidence: 5,
} as const

export const FAULTS = {
  CONFIG_READ: {
    exit: EXIT.usage,
    repair: 'name a file that exists and can be read',
  },
  CONFIG_SYNTAX: {
    exit: EXIT.usage,
    repair: 'mend the YAML at the place named above',
  },
  CONFIG_KEY: {
    exit: EXIT.usage,
    repair: 'remove the key or spell it as the schema does',
  },
  CONFIG_VALUE: {
    exit: EXIT.usage,
    repair: 'correct the value at the place named above',
  },
  USAGE: { exit: EXIT.usage, repair: 'see --help' },
  PORT_IN_USE: {
    exit: EXIT.environment,
    repair: 'stop the other process or choose another port',
  },
  NOT_PERMITTED: {
    exit: EXIT.environment,
    repair: 'grant the capability named, or leave it out',
  },
  UNREACHABLE: {
    exit: EXIT.environment,
    repair: 'check address, port and firewall, then try again',
  },
  REFUSED: {
    exit: EXIT.environment,
    repair: 'mend what the peer named, then try again',
  },
  ENGINE: {
    exit: EXIT.environment,
    repair: 'run voip-ready doctor on this host',
  },
  STORE: {
    exit: EXIT.environment,
    repair: 'check the disk, the path and the permission to write there',
  },
} as const

export type FaultCode = keyof typeof FAULTS

export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  readonly exit: number
  /** As for the constructor. */
  readonly where: string
  readonly wanted: string
  readonly found: string
  readonly repair: string

  /**
   * @param where the file, line and key, or the address, that the operator must look at
   * @param wanted what would have been right
   * @param found what was there instead
   * @param repair overrides the code's own advice where better is known
   */
  constructor(code: FaultCode, where: string, wanted: string, found: unknown, repair?: string) {
    const shown = typeof found === 'string' ? found : JSON.stringify(found)
    const advice = repair ?? FAULTS[code].repair
    super(`${where}: wanted ${wanted}, found ${shown}; ${advice}`)
    this.where = where
    this.wanted = wanted
    this.found = shown
    this.repair = advice
    this.code = code
    this.exit = FAULTS[code].exit
  }
}

/** What a command says on stderr, as one line of JSON, when `--json` was asked for and it ends by an error. */
export function errorDocument(error: {
  /** Of {@link FAULTS}; DEFECT: of the program itself. */
  readonly code: FaultCode | 'DEFECT'
  readonly exit: number
  readonly message: string
  readonly where?: string
  readonly wanted?: string
  readonly found?: string
  readonly repair: string
}): string {
  const { code, exit, message, where, wanted, found, repair } = error
  return `${JSON.stringify({ error: { code, exit, message, where, wanted, found, repair } })}\n`
}

const FULL: readonly string[] = ['ENOSPC', 'EDQUOT']

/** Whether that is what a write to a disk without room, or beyond a quota, comes to. */
export function isDiskFull(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && FULL.includes(String(error.code))
}
