import type { FastifyInstance, FastifyRequest } from 'fastify'
import type * as v from 'valibot'
import { readRequestHeader } from '../../shared/evidence/agent-request.ts'
import { enrolledAgents, revokeAgent, rotateAgentKey } from '../access/agent-keys.ts'
import type { AccessDesk } from '../access/desk.ts'
import { agentVkey } from '../access/enrolment.ts'
import type { Guard } from '../access/guard.ts'
import type { KnownAccess } from '../access/known.ts'
import { problem } from '../problem.ts'
import {
  AgentParams,
  AgentsAnswer,
  RevokeAnswer,
  RevokeBody,
  RotateAnswer,
  RotateBody,
} from './access-schemas.ts'
import { adminRoute, jsonBody } from './admin-route.ts'
import { instant } from './answers.ts'
import { readBody } from './body.ts'
import { keyAnswer } from './enrolment.ts'
import { NoQuery, ProblemAnswer } from './schemas.ts'

export interface AgentRoutes {
  readonly guard: Guard
  readonly desk: AccessDesk
  readonly known: KnownAccess
  readonly nowMs: () => number
}

/** The agents that enrolled, their keys, and how a key is changed or taken back. */
export function addAgentRoutes(app: FastifyInstance, parts: AgentRoutes): void {
  const { guard, desk, known } = parts
  app.get(
    '/api/v1/agents',
    {
      onRequest: async (request) => {
        await guard.requireReader(request)
      },
      schema: {
        summary: 'Enrolled agents and their keys',
        tags: ['readers'],
        security: [{ bearer: [] }, {}],
        querystring: NoQuery,
        response: { 200: AgentsAnswer, '4xx': ProblemAnswer },
      },
    },
    async (request) => ({ agents: await listAgents(parts, request) }),
  )
  app.post<{ Params: v.InferOutput<typeof AgentParams> }>(
    '/api/v1/sites/:site/agents/:agent/revoke',
    adminRoute(
      guard,
      'Take the keys of an agent back, at once',
      { 200: RevokeAnswer },
      { ...jsonBody(RevokeBody), params: AgentParams },
    ),
    async (request) => {
      const { keyId = null, why } = readBody(request, RevokeBody)
      const { params } = request
      const { name, sees } = guard.readerOf(request)
      if (!sees(params.site)) throw problem('unknown-agent', { found: params.agent })
      return { revoked: await revokeAgent(desk, params, keyId, { why, by: name }) }
    },
  )
  app.post('/api/v1/agents/self/key', rotation(guard), async (request) => {
    const proof = readRequestHeader(request.headers.authorization ?? '')
    if (proof === null) throw problem('must-sign', { where: 'header Authorization' })
    return keyAnswer(await rotateAgentKey(desk, known, proof, readBody(request, RotateBody)))
  })
}

function rotation(guard: Guard) {
  return {
    onRequest: async (request: FastifyRequest) => {
      await guard.requireAgent(request)
    },
    schema: {
      summary: 'Put a new key in the place of the one that signs this request',
      tags: ['agents'],
      security: [{ agent: [] }],
      querystring: NoQuery,
      ...jsonBody(RotateBody),
      response: { 200: RotateAnswer, '4xx': ProblemAnswer },
    },
  }
}

async function listAgents({ guard, known, nowMs }: AgentRoutes, request: FastifyRequest) {
  const { sees } = guard.readerOf(request)
  return enrolledAgents(await known.fresh())
    .filter(({ site }) => sees(site))
    .map(({ site, agent, customer, keys }) => ({
      ...{ site, agent, customer },
      keys: keys.map((key) => ({
        keyId: key.keyId,
        vkey: agentVkey(site, agent, key.publicKey),
        state: key.state,
        addedAt: instant(key.addedMs),
        expiresAt: instant(key.expiresMs),
        endedAt: key.endedMs === null ? null : instant(key.endedMs),
        expired: key.state === 'active' && key.expiresMs <= nowMs(),
      })),
    }))
}
