import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { StreamObservation } from '../../shared/record/observation.ts'

/**
 * What every merged observation has in common, so that only figures cost bytes. Part of the format:
 * never edited, since what is stored was deflated with it.
 */
const DICTIONARY = Buffer.from(
  '{"kind":"stream","farEnd":"secondary","farEnd":"primary","segment":"","peer":{"address":"","port":4000},' +
    '"path":"MPLS","codec":"g711","ptimeMs":20,"calls":1,"dscp":46,"from":17,"to":17,"instrument":{' +
    '"capabilities":{"engine":"linux","setTos":true,"seeTos":true,"seeTtl":true,"receiveStamp":"kernel",' +
    '"transmitStamp":"kernel","scheduling":"fifo","seeEgress":true,"rawIcmp":true},"scheduled":45000,' +
    '"sent":45000,"notSent":0,"lateness":{"p50Ms":0.0,"p99Ms":0.,"maxMs":0.},"receiveOverflows":0,' +
    '"hostDrops":0,"reflectorOverflows":0,"stalls":0,"worstStallMs":0,"stampsMissing":0,' +
    '"leftRealTime":false},"attribution":"receipt","legs":{"out":{"loss":{"expected":45000,' +
    '"received":45000,"lost":0,"unattributed":0,"late":0,"duplicated":0,"reordered":0,"blocks":{' +
    '"seconds":900,"packets":45000,"packetsSquared":2250000,"lostSquared":0,"lostTimesPackets":0},' +
    '"bursts":null},"bursts":{"bursts":0,"burstPackets":0,"burstLost":0,"gapPackets":0,"gapLost":0,' +
    '"longestRun":0,"runs":0}},"jitter":{"n":45000,"final":0.,"limitMs":30,"reachesLimit":0,"running":{' +
    '"n":45000,"min":0.,"max":0.,"sum":,"p50":0.,"p95":0.,"p99":0.,"histogram":{"scale":3,"zero":0,' +
    '"first":80,"counts":[0,0,0,0,1]}}},"delay":{"n":45000,"limitMs":150,"atMost":{"n":45000,"min":,' +
    '"max":,"sum":,"p50":,"p95":,"p99":,"histogram":{"scale":3,"zero":0,"first":,"counts":[]}},' +
    '"atLeast":{"n":45000,"min":},"mayReachLimit":0,"mustReachLimit":0,"aboveMinimum":{"n":45000,' +
    '"min":0,"max":}},"tos":{"seen":[{"value":184,"packets":45000}],"unseen":0},"ttl":{"seen":[{' +
    '"value":64,"packets":45000}],"unseen":0},"egress":{"tos":184,"proof":"watched"},"quality":{' +
    '"rLow":,"rHigh":,"mosLow":4.,"mosHigh":4.}},"back":{"loss":{"expected":45000,"received":45000,' +
    '"egress":{"tos":184,"proof":"socket-option"}}},"rtt":{"n":45000,"min":,"max":,"sum":},' +
    '"rttReachesLimit":0,"rttReachesTwiceLimit":0,"clocks":{"agent":{"synchronised":true,' +
    '"maxErrorMs":,"source":"adjtimex","steps":0},"reflector":{"synchronised":true,"maxErrorMs":,' +
    '"source":"adjtimex","steps":0},"offset":{"lowMs":,"highMs":,"method":"minima+clock"},' +
    '"fault":null},"gaps":[]}',
)

/** A merged observation as it is stored; empty for none. */
export function packBody(merged: StreamObservation | null): Uint8Array {
  if (merged === null) return new Uint8Array(0)
  const text = Buffer.from(JSON.stringify(merged))
  return new Uint8Array(deflateRawSync(text, { level: 6, dictionary: DICTIONARY }))
}

/** Reads back what {@link packBody} wrote. */
export function unpackBody(body: Uint8Array): StreamObservation | null {
  if (body.length === 0) return null
  return JSON.parse(
    inflateRawSync(body, { dictionary: DICTIONARY }).toString('utf8'),
  ) as StreamObservation
}
