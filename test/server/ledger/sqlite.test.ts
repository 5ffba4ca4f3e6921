import { onTestFinished } from 'vitest'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { START } from '../support/fixtures.ts'
import { ledgerContract } from './contract.ts'

ledgerContract('sqlite', async () => {
  const store = await openSqliteStore(temporaryDirectory(), START)
  onTestFinished(() => store.close())
  return store
})
