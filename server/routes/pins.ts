import type { FastifyInstance, FastifyRequest } from 'fastify'
import type * as v from 'valibot'
import { uuid7 } from '../access/uuid7.ts'
import { RECORDS_GONE } from '../history/keeper.ts'
import { problem } from '../problem.ts'
import type { AccessBook } from '../store/access/book.ts'
import type { Pin } from '../store/history/keep.ts'
import { adminRoute, jsonBody } from './admin-route.ts'
import { instant } from './answers.ts'
import { readBody } from './body.ts'
import type { HistoryRoutes } from './history.ts'
import { PinAnswer, PinBody, PinMade, PinParams, PinsAnswer } from './history-schemas.ts'
import { readRoute, siteOf } from './reading.ts'
import { SiteParams } from './schemas.ts'

export interface PinRoutes extends HistoryRoutes {
  readonly access: Pick<AccessBook, 'writeAudit'>
}

type Site = v.InferOutput<typeof SiteParams>

/** What a dispute keeps: nothing of a pinned time is removed until the pin is released. */
export function addPinRoutes(app: FastifyInstance, parts: PinRoutes): void {
  const { guard, history, nowMs } = parts
  app.get<{ Params: Site }>(
    '/api/v1/sites/:site/pins',
    readRoute(guard, 'Every pin of a site, released ones too', PinsAnswer, { params: SiteParams }),
    async (request) => {
      const { site } = siteOf(parts, request, request.params.site)
      const pins = await history.pins(site)
      return { now: instant(nowMs()), site, pins: pins.map(pinAnswer) }
    },
  )
  addPinChanges(app, parts)
}

function addPinChanges(app: FastifyInstance, parts: PinRoutes): void {
  const { guard, history, nowMs } = parts
  app.post<{ Params: Site }>(
    '/api/v1/sites/:site/pins',
    adminRoute(
      guard,
      'Keep everything of a time',
      { 201: PinMade },
      { params: SiteParams, ...jsonBody(PinBody) },
    ),
    async (request, reply) => {
      const { site } = siteOf(parts, request, request.params.site)
      const pin = pinOf(request, site, guard.readerOf(request).name, nowMs())
      await history.putPin(pin)
      const goneMs = await history.reached(RECORDS_GONE)
      const mayLackBefore = goneMs === null || goneMs <= pin.fromMs ? null : instant(goneMs)
      await audit(parts, request, 'pin.add', pin, { mayLackBefore })
      const made = { site, pin: pinAnswer(pin), mayLackBefore }
      return reply.code(201).send({ now: instant(nowMs()), ...made })
    },
  )
  app.delete<{ Params: v.InferOutput<typeof PinParams> }>(
    '/api/v1/sites/:site/pins/:id',
    adminRoute(guard, 'Release a pin', { 200: PinAnswer }, { params: PinParams }),
    async (request) => {
      const { site } = siteOf(parts, request, request.params.site)
      const { id } = request.params
      const released = await history.releasePin(site, id, nowMs())
      const pin = (await history.pins(site)).find((one) => one.id === id)
      if (pin === undefined) throw problem('unknown-pin', { found: id })
      if (released) await history.removeRawRows(site)
      if (released) await audit(parts, request, 'pin.release', pin)
      return { now: instant(nowMs()), site, pin: pinAnswer(pin) }
    },
  )
}

function pinOf(request: FastifyRequest, site: string, by: string, nowMs: number): Pin {
  const { from, to, why } = readBody(request, PinBody)
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)]
  if (!(fromMs >= 0 && fromMs < toMs)) {
    throw problem('schema', { where: 'body', wanted: 'from before to', found: `${from}, ${to}` })
  }
  return { site, id: uuid7(nowMs), fromMs, toMs, why, by, enteredMs: nowMs, releasedMs: null }
}

async function audit(
  parts: PinRoutes,
  request: FastifyRequest,
  action: string,
  pin: Pin,
  besides: { readonly mayLackBefore?: string | null } = {},
) {
  const atMs = parts.nowMs()
  const { site, id, fromMs, toMs, why } = pin
  const actor = parts.guard.readerOf(request).name
  const detail = { pin: id, from: instant(fromMs), to: instant(toMs), why, ...besides }
  await parts.access.writeAudit({ id: uuid7(atMs), atMs, actor, action, site, detail })
}

export function pinAnswer({ id, fromMs, toMs, why, by, enteredMs, releasedMs }: Pin) {
  return {
    ...{ id, from: instant(fromMs), to: instant(toMs), why, by, enteredAt: instant(enteredMs) },
    releasedAt: releasedMs === null ? null : instant(releasedMs),
  }
}
