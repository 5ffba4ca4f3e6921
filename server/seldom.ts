/** Answers true when it has not done so for so long: what comes again and again is told now and then. */
export function seldom(
  pauseMs: number,
  monotonicMs: () => number = () => performance.now(),
): () => boolean {
  let lastMs = Number.NEGATIVE_INFINITY
  return () => {
    const now = monotonicMs()
    if (now - lastMs < pauseMs) return false
    lastMs = now
    return true
  }
}
