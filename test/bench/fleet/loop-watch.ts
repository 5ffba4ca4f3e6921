import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

/**
 * Loaded before a program under test (`node --import`): tells its parent, whenever asked, how long the
 * event loop of the main thread stood still at most since it was asked before, and what its heap holds.
 */
if (isMainThread && process.send !== undefined) {
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  process.on('message', () => {
    process.send?.({ longestMs: loop.max / 1e6, heapMb: process.memoryUsage().heapUsed / 2 ** 20 })
    loop.reset()
  })
  process.channel?.unref()
}
