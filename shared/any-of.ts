/**
 * What an action comes to that stops at the first of several signals. Nothing of it stays with them
 * afterwards: `AbortSignal.any` of Node 20 leaves some seventy octets at each of its sources for as
 * long as that lives, which for one that lives as long as the program is without end.
 * @param act is given a signal that has the reason of the first one
 */
export async function withAnyOf<T>(
  signals: readonly AbortSignal[],
  act: (any: AbortSignal) => Promise<T>,
): Promise<T> {
  const first = new AbortController()
  const hearing = signals.map((signal) => {
    const hear = () => first.abort(signal.reason)
    if (signal.aborted) hear()
    else signal.addEventListener('abort', hear, { once: true })
    return { signal, hear }
  })
  try {
    return await act(first.signal)
  } finally {
    for (const { signal, hear } of hearing) signal.removeEventListener('abort', hear)
  }
}
