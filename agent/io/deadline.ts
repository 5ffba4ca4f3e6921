/**
 * Calls `late` after `ms`, but not before what has come by then is read: timers are served first, and
 * a host that was too busy to look would call an answer missing that lies in its kernel.
 * Answers what ends it.
 */
export function deadline(ms: number, late: () => void): () => void {
  let last: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    last = setImmediate(late)
  }, ms)
  return () => {
    clearTimeout(timer)
    clearImmediate(last)
  }
}
