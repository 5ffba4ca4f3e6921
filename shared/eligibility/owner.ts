import type { FarEndName, Site } from '../profile/site.ts'
import type { PlaceFound } from './around-schema.ts'

type Owned = Pick<PlaceFound, 'owner' | 'matrix' | 'responsible'>

/**
 * Whose a place is by the handbook's responsibility matrix: circuits ordered by the vendor are his
 * (RAC-2), those ordered by the customer are the customer's (RAC-3), and what the matrix does not
 * name is the customer's. Labels are those of the site file: nobody signed them.
 */
export function circuitOwner(site: Site | null, farEnd: FarEndName): Owned {
  const circuit = site?.farEnds[farEnd]
  const owner = circuit?.circuitProvider ?? null
  if (circuit?.orderedBy === 'vendor') {
    const matrix = 'RAC-2: a circuit that the vendor provides'
    return { owner, matrix, responsible: 'vendor' }
  }
  if (circuit?.orderedBy === 'customer') {
    const matrix = 'RAC-3: a circuit that the customer provides'
    return { owner, matrix, responsible: 'customer' }
  }
  const matrix = 'RAC-2 or RAC-3: the site file does not say who ordered this circuit (orderedBy)'
  return { owner, matrix, responsible: 'not-known' }
}

/** The same of a place with a label of its own: a segment, or a router. */
export function labelOwner(site: Site | null, farEnd: FarEndName, label: string | null): Owned {
  const circuit = circuitOwner(site, farEnd)
  if (label === null) {
    return {
      owner: null,
      matrix: 'no label in the site file says whose it is',
      responsible: 'not-known',
    }
  }
  if (label === circuit.owner) return circuit
  if (/^customer$/i.test(label)) {
    const matrix = 'the default rule: what the matrix does not name is the customer’s'
    return { owner: label, matrix, responsible: 'customer' }
  }
  if (/^vendor$/i.test(label)) {
    return { owner: label, matrix: 'RAC-6: core infrastructure', responsible: 'vendor' }
  }
  const matrix = `RAC-1: networking maintenance is shared; the site file names ${label}`
  return { owner: label, matrix, responsible: 'shared' }
}
