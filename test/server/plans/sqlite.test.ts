import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { plansContract } from './contract.ts'

plansContract('sqlite', () => openSqliteStore(temporaryDirectory(), Date.now()))
