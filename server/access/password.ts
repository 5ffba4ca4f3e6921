import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/** 32 MiB and some 60 ms for one guess; kept in the hash, so that it can be raised. */
const COST = { N: 2 ** 15, r: 8, p: 1 }
const LENGTH = 32
/** Hashes at work or waiting; the thread pool takes four at a time. */
const MOST_AT_ONCE = 32
let atWork = 0

/** `scrypt$N$r$p$salt$hash` of a password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const { N, r, p } = COST
  const hash = await derive(password, salt, COST)
  return ['scrypt', N, r, p, salt.toString('base64'), hash.toString('base64')].join('$')
}

/**
 * True when it is the password of this hash. Null: there is no account; as long is spent, so that
 * nobody learns which names exist.
 */
export async function verifyPassword(password: string, written: string | null): Promise<boolean> {
  const [, N, r, p, salt = '', hash = ''] = (written ?? '').split('$')
  const cost = written === null ? COST : { N: Number(N), r: Number(r), p: Number(p) }
  const kept = Buffer.from(hash, 'base64')
  const found = await derive(password, Buffer.from(salt, 'base64'), cost)
  return kept.length === found.length && timingSafeEqual(kept, found) && written !== null
}

/** True while so many sign in at once that another would only wait. */
export function passwordsAreBusy(): boolean {
  return atWork >= MOST_AT_ONCE
}

async function derive(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  atWork += 1
  try {
    return await new Promise((resolve, reject) => {
      const options = { ...cost, maxmem: 128 * 2 ** 20 }
      scrypt(password.normalize('NFKC'), salt, LENGTH, options, (error, key) =>
        error === null ? resolve(key) : reject(error),
      )
    })
  } finally {
    atWork -= 1
  }
}
