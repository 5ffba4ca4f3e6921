/** Rounds are put together by the same rule here and in the verifier. */
export {
  LONGEST_VALIDITY_MS,
  type Round,
  RoundBook,
  validUntil,
} from '../../shared/verdict/rounds.ts'
