import { describe, expect, it } from 'vitest'
import { withAnyOf } from '../../shared/any-of.ts'

/** A signal that counts who listens to it. */
function counted() {
  const controller = new AbortController()
  const { signal } = controller
  const listening = new Set<unknown>()
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  Object.assign(signal, {
    addEventListener: (...given: Parameters<typeof add>) => {
      listening.add(given[1])
      add(...given)
    },
    removeEventListener: (...given: Parameters<typeof remove>) => {
      listening.delete(given[1])
      remove(...given)
    },
  })
  return { controller, signal, listening }
}

describe('withAnyOf', () => {
  it('stops at the first signal, with its reason, and leaves nothing at the others', async () => {
    const [one, other] = [counted(), counted()]
    const seen = withAnyOf(
      [one.signal, other.signal],
      (any) => new Promise((resolve) => any.addEventListener('abort', () => resolve(any.reason))),
    )
    expect([one.listening.size, other.listening.size]).toEqual([1, 1])
    other.controller.abort('the other one')
    one.controller.abort('too late')
    expect(await seen).toBe('the other one')
    expect([one.listening.size, other.listening.size]).toEqual([0, 0])
  })

  it('is aborted from the beginning where a signal already was', async () => {
    const over = AbortSignal.abort('long ago')
    const said = await withAnyOf([new AbortController().signal, over], async (any) => any.reason)
    expect(said).toBe('long ago')
  })

  it('leaves nothing behind when nobody aborts, whether the action succeeds or fails', async () => {
    const { signal, listening } = counted()
    expect(await withAnyOf([signal], async ({ aborted }) => aborted)).toBe(false)
    const failing = withAnyOf([signal], () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(listening.size).toBe(0)
  })
})
