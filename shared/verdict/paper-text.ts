import type { Requirement } from '../profile/schema.ts'

/** A line that leans on a paper of the vendor's: what was found here says nothing of what stands there. */
export function paperText({ document }: Pick<Requirement, 'document'>): string {
  if (document === undefined) return ''
  return `not held against ${document.title}, whose values the profile does not have`
}
