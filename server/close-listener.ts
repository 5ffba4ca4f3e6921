import type { FastifyInstance } from 'fastify'

/** How often idle connections are let go, and how long the busy ones may take. */
const SWEEP_MS = 50
const GRACE_MS = 5000

/**
 * Answers what was asked and lets go of the connections. Keep-alive connections that fall idle after
 * the close began, and those that never asked anything, would hold it up for minutes otherwise.
 */
export async function closeListener(app: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS)
  const force = setTimeout(() => app.server.closeAllConnections(), GRACE_MS)
  try {
    await app.close()
  } finally {
    clearInterval(sweep)
    clearTimeout(force)
  }
}
