export interface Package {
  readonly name: string
  /** All must be found, or the package counts as missing. */
  readonly programs: readonly string[]
  readonly why: string
}
export const PACKAGES: readonly Package[]
export function findProgram(program: string): string | undefined
export function missingPackages(): readonly Package[]
export function ensurePackages(): readonly string[]
