import { type Books, openBooks } from '../books.ts'
import { repository } from '../repository.ts'
import { retrying } from '../retry.ts'
import type { Store } from '../store.ts'
import { openDatabase } from './open-database.ts'
import type { WorkerSetup } from './protocol.ts'

/** Connections of a thread that reads one thing after the other, a few ahead. */
const FEW = 2

/** What may be read of a store that a thread has opened for itself. */
export interface AsideStore
  extends Pick<Store, 'between' | 'rounds' | 'runs' | 'envelope'>,
    Pick<Books, 'history' | 'ledger' | 'plans'> {}

/**
 * Opens the database of a store (`aside` of a {@link Store}) in a thread that works by itself, beside
 * the store's own: what is read there waits for nobody here. @throws Fault STORE
 */
export async function openAside(
  setup: WorkerSetup,
): Promise<{ readonly store: AsideStore; readonly close: () => Promise<void> }> {
  const open = await openDatabase(setup, FEW)
  const { between, rounds, runs, envelope } = patient(repository(open.db))
  const { history, ledger, plans } = openBooks(open.db)
  const books = { history: patient(history), ledger: patient(ledger), plans: patient(plans) }
  return { store: { between, rounds, runs, envelope, ...books }, close: () => open.close() }
}

type Method = (...args: readonly unknown[]) => Promise<unknown>

/** Every method of it is tried again while it fails for a passing reason, as the store's threads do. */
function patient<T extends object>(of: T): T {
  const methods = Object.entries(of).map(([name, method]) => [
    name,
    (...args: readonly unknown[]) => retrying(() => (method as Method)(...args)),
  ])
  return Object.fromEntries(methods) as T
}
