import type { FastifyBaseLogger } from 'fastify'
import type { LedgerParts } from './ledger/ledger.ts'

/** How what the ledger finds comes into the collector's own log. */
export function ledgerTold(
  logger: FastifyBaseLogger | null,
): Required<Pick<LedgerParts, 'onTrouble' | 'onConflict' | 'onWitness'>> {
  return {
    onTrouble: (trouble) => {
      if (trouble === null) logger?.info('ledger: works again')
      else if (trouble instanceof Error) logger?.error({ err: trouble }, 'ledger: a turn failed')
      else logger?.error(trouble, 'ledger: nothing is signed')
    },
    onConflict: (conflict) =>
      logger?.error(conflict, 'ledger: an agent was shown another log than this one'),
    onWitness: (witness, outcome, why) => {
      const told = { witness, outcome, why }
      if (outcome === 'cosigned') logger?.info(told, 'ledger: a witness cosigns again')
      else logger?.error(told, 'ledger: a witness does not cosign')
    },
  }
}
