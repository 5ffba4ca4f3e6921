import { problem } from '../problem.ts'

const TAG = /^"(\d{1,9})-[0-9a-f]{16}"$/

/** The entity tag (RFC 9110 section 8.8.3) of a version of a plan. */
export function planTag({ version, sha256 }: { version: number; sha256: string }): string {
  return `"${version}-${sha256.slice(0, 16)}"`
}

/**
 * The version that an author had before him, by his If-Match; 0 where he sends none: there was no plan.
 * @throws Problem bad-parameter for anything that is no tag of a plan
 */
export function versionOfTag(header: string | undefined): number {
  if (header === undefined) return 0
  const version = TAG.exec(header)?.[1]
  if (version !== undefined) return Number(version)
  const wanted = 'the ETag of the plan that was read'
  throw problem('bad-parameter', { where: 'header If-Match', wanted, found: header.slice(0, 60) })
}

/** Whether an If-None-Match (a list, `*`, weak or strong) names this tag. */
export function namesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header
    .split(',')
    .map((one) => one.trim().replace(/^W\//, ''))
    .some((one) => one === '*' || one === tag)
}
