const MINUTE_MS = 60_000

/**
 * Waits until at least so much of the wall clock's minute is left: for what is told of the first minute
 * of an agent, which may begin at any time.
 */
export async function leftOfMinute(ms: number): Promise<void> {
  const left = MINUTE_MS - (Date.now() % MINUTE_MS)
  if (left < ms) await new Promise((resolve) => setTimeout(resolve, left + 50))
}
