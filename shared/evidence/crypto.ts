/**
 * What evidence needs of cryptography, handed in because shared/ is pure. Only SHA-256 and Ed25519
 * (RFC 8032) are used; node-crypto.ts gives both.
 */
export interface EvidenceCrypto {
  /** SHA-256, 32 octets. */
  readonly sha256: (bytes: Uint8Array) => Uint8Array
  /** True when `signature` (64 octets) is that of `message` under the raw 32-octet public key. */
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean
}

/** One private key, of which only its use is handed on. */
export interface Signer {
  /** Name as in a signed note (C2SP signed-note): no spaces, no `+`. */
  readonly name: string
  /** Raw Ed25519 public key, 32 octets. */
  readonly publicKey: Uint8Array
  /** 64 octets. */
  readonly sign: (message: Uint8Array) => Uint8Array
}
