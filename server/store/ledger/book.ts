import type { Kysely } from 'kysely'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import type { Tables } from '../tables.ts'
import * as checkpoints from './checkpoints.ts'
import * as entries from './entries.ts'
import { allLogs, type LogHead, logHead, newestLog, openLog } from './head.ts'
import { leafBodies } from './leaf-bodies.ts'
import { isMoved, type Lease, releaseLease, takeLease } from './lease.ts'
import { nearestOf } from './nearest.ts'
import * as proofs from './proofs.ts'
import { type RoundOutcome, sequenceRound } from './sequence.ts'

type Bytes = Promise<readonly Uint8Array[]>
type Checkpoint = Promise<checkpoints.StoredCheckpoint | null>

/** The Merkle log as it is kept. Everything that writes the log itself asks for the lease. */
export interface LedgerBook {
  readonly addEntries: (entries: readonly entries.PendingEntry[]) => Promise<void>
  readonly hasEntry: (
    key: { readonly site: string; readonly kind: string; readonly about: string },
    sinceMs: number,
  ) => Promise<boolean>
  readonly unsequenced: () => ReturnType<typeof entries.unsequenced>
  readonly entriesBetween: (
    logId: string,
    site: string,
    range: { readonly from: number; readonly to: number; readonly limit: number },
  ) => Promise<readonly entries.PlacedEntry[]>
  readonly entriesAbout: (
    logId: string,
    key: { readonly site: string; readonly kinds: readonly string[]; readonly about: string },
    range: { readonly to: number; readonly limit: number },
  ) => Promise<readonly entries.PlacedEntry[]>
  readonly lastHeardBetween: (
    afterMs: number,
    untilMs: number,
    limit: number,
  ) => Promise<readonly entries.SilentAgent[]>
  readonly newestLog: () => Promise<LogHead | null>
  readonly allLogs: () => Promise<readonly LogHead[]>
  readonly logHead: (logId: string) => Promise<LogHead | null>
  readonly openLog: (
    log: Pick<LogHead, 'number' | 'origin' | 'signer' | 'openedMs'>,
  ) => Promise<void>
  readonly takeLease: (
    key: Pick<Lease, 'name' | 'holder'>,
    nowMs: number,
    forMs: number,
  ) => Promise<number | null>
  readonly releaseLease: (lease: Lease) => Promise<void>
  /** True when everything was exported to go on elsewhere: here nothing may be taken in. */
  readonly isMoved: () => Promise<boolean>
  readonly sequence: (
    lease: Lease,
    logId: string,
    bounds: { readonly untilMs: number; readonly most?: number },
  ) => Promise<RoundOutcome>
  readonly putCheckpoint: (
    lease: Lease,
    checkpoint: checkpoints.StoredCheckpoint,
    untilMs: number,
  ) => Promise<boolean>
  readonly putCosignature: (given: checkpoints.StoredCosignature) => Promise<void>
  readonly newestCheckpoint: (logId: string) => Checkpoint
  readonly checkpointOver: (logId: string, index: number) => Checkpoint
  readonly checkpointUnder: (logId: string, size: number) => Checkpoint
  readonly checkpointsBetween: (
    logId: string,
    range: { readonly from: number; readonly to: number; readonly limit: number },
  ) => Promise<readonly checkpoints.StoredCheckpoint[]>
  readonly root: (logId: string, size: number) => Promise<Uint8Array>
  readonly consistency: (logId: string, from: number, to: number) => Bytes
  readonly inclusion: (logId: string, index: number, size: number) => Bytes
  readonly parts: (logId: string, from: number, to: number) => Bytes
  readonly tile: (
    logId: string,
    place: { readonly level: number; readonly idx: number },
    octets: number,
  ) => Promise<Uint8Array | null>
  /** What was hashed into the leaves [from, to); null when it is not all kept. */
  readonly leaves: (logId: string, from: number, to: number) => Promise<Uint8Array[] | null>
  readonly place: (
    site: string,
    agent: string,
    boot: string,
    sequence: number,
  ) => Promise<proofs.Place | null>
  readonly places: (
    site: string,
    period: { readonly fromMs: number; readonly toMs: number; readonly limit: number },
  ) => Promise<readonly proofs.PlacedRecord[]>
  /** The record of each agent just before a time, and the one just after it. */
  readonly nearest: (
    site: string,
    period: { readonly fromMs: number; readonly toMs: number },
  ) => Promise<readonly proofs.PlacedRecord[]>
}

export function ledgerBook(db: Kysely<Tables>): LedgerBook {
  const crypto = nodeCrypto
  return {
    addEntries: (rows) => entries.addEntries(db, rows),
    hasEntry: (key, sinceMs) => entries.hasEntry(db, key, sinceMs),
    unsequenced: () => entries.unsequenced(db),
    entriesBetween: (logId, site, range) => entries.entriesBetween(db, logId, site, range),
    entriesAbout: (logId, key, range) => entries.entriesAbout(db, logId, key, range),
    lastHeardBetween: (after, until, limit) => entries.lastHeardBetween(db, after, until, limit),
    newestLog: () => newestLog(db),
    allLogs: () => allLogs(db),
    logHead: (logId) => logHead(db, logId),
    openLog: (log) => openLog(db, log),
    takeLease: (key, nowMs, forMs) => takeLease(db, key, nowMs, forMs),
    releaseLease: (lease) => releaseLease(db, lease),
    isMoved: () => isMoved(db),
    sequence: (lease, logId, bounds) => sequenceRound(crypto, db, lease, logId, bounds),
    putCheckpoint: (lease, given, untilMs) => checkpoints.putCheckpoint(db, lease, given, untilMs),
    putCosignature: (given) => checkpoints.putCosignature(db, given),
    newestCheckpoint: (logId) => checkpoints.newestCheckpoint(db, logId),
    checkpointOver: (logId, index) => checkpoints.checkpointOver(db, logId, index),
    checkpointUnder: (logId, size) => checkpoints.checkpointUnder(db, logId, size),
    checkpointsBetween: (logId, range) => checkpoints.checkpointsBetween(db, logId, range),
    root: (logId, size) => proofs.rootOfLog(crypto, db, logId, size),
    consistency: (logId, from, to) => proofs.consistencyOf(crypto, db, logId, from, to),
    inclusion: (logId, index, size) => proofs.inclusionOf(crypto, db, logId, index, size),
    parts: (logId, from, to) => proofs.partsOfLog(crypto, db, logId, from, to),
    tile: (logId, place, octets) => proofs.tileHashes(db, logId, place, octets),
    leaves: (logId, from, to) => leafBodies(db, logId, from, to),
    place: (site, agent, boot, sequence) => proofs.placeOf(db, { site, agent, boot, sequence }),
    places: (site, period) => proofs.placesOf(db, site, period),
    nearest: (site, period) => nearestOf(db, site, period),
  }
}

/**
 * Methods that only read: a second connection may serve them. What the writer of the log decides by
 * is left to the writing one.
 */
export const LEDGER_READS: readonly (keyof LedgerBook)[] = [
  ...(['unsequenced', 'entriesBetween', 'entriesAbout', 'lastHeardBetween', 'allLogs'] as const),
  ...(['checkpointOver', 'checkpointUnder', 'checkpointsBetween'] as const),
  ...(['consistency', 'inclusion', 'parts', 'tile', 'leaves', 'place', 'places'] as const),
  'nearest',
]
