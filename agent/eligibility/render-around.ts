import { wholeText } from '../../shared/eligibility/chain.ts'
import type { Eligibility } from '../../shared/eligibility/document.ts'
import { utcSpan, utcText } from '../../shared/eligibility/scope.ts'
import { sightingTexts } from '../../shared/eligibility/sightings.ts'
import { wrap } from '../cli/table.ts'

const WIDTH = 100
/** Of a long list a person is shown so many; all are in --json. */
const SHOWN = 12

/** Everything beside the answers, section by section; what is empty says so or is left out. */
export function renderAround(found: Eligibility): string[] {
  return [
    ...section('Service', serviceLines(found)),
    ...section('Where', whereLines(found)),
    ...section('Not seen', gapLines(found)),
    ...section('Left out', exclusionLines(found)),
    ...section('Method', methodLines(found)),
    ...section('Chain', chainLines(found)),
    ...section(
      'Not examined',
      found.notExamined.map(({ what, why }) => `${what}: ${why}`),
    ),
    ...section(
      'For the support case',
      found.supportCase.map(
        ({ number, question, knowledge, answer }) =>
          `${number}. ${question} [${knowledge}] ${answer}`,
      ),
    ),
  ]
}

function section(title: string, lines: readonly string[]): string[] {
  const shown = lines.flatMap((line) =>
    wrap(line, WIDTH - 4).map((part, at) => `${at === 0 ? '  ' : '    '}${part}`),
  )
  return [title, ...(lines.length === 0 ? ['  nothing'] : shown), '']
}

function some<T>(all: readonly T[], textOf: (one: T) => string): string[] {
  const more = all.length > SHOWN ? [`and ${all.length - SHOWN} more, in --json`] : []
  return [...all.slice(0, SHOWN).map(textOf), ...more]
}

function serviceLines({ service }: Eligibility): string[] {
  const farEnds = service.farEnds.map(
    ({ farEnd, state, detail }) => `${farEnd}: ${state}; ${detail}`,
  )
  return [service.sentence, ...farEnds, `other sites: ${service.otherSites}`]
}

function whereLines({ localisation, contract }: Eligibility): string[] {
  const circuits = contract.circuits.map(
    ({ farEnd, path, provider, orderedBy }) =>
      `circuit to ${farEnd}: ${path}, ${provider ?? 'provider not recorded'}, ordered by ${orderedBy ?? 'nobody recorded'}`,
  )
  const places = some(
    localisation,
    ({ farEnd, phase, where, what, owner, matrix, responsible, confidence }) =>
      `${farEnd}, ${phase}: ${where}: ${what}; ${confidence}; owner ${owner ?? 'not known'}, ${responsible} (${matrix})`,
  )
  return [...circuits, ...places, ...sightingTexts(contract.parties)]
}

function gapLines({ gaps, collectorSilences, late }: Eligibility): string[] {
  return [
    ...some(
      gaps,
      ({ from, to, farEnd, agent, cause, component, detail }) =>
        `${utcSpan({ from, to })} ${farEnd === 'none' ? (agent ?? 'agent') : farEnd}: ${cause}, ${component}; ${detail}`,
    ),
    ...some(collectorSilences, (one) => `${utcSpan(one)} collector: no tick`),
    ...some(
      late,
      ({ from, to, agent, records, lateSeconds }) =>
        `${utcSpan({ from, to })} ${agent}: ${records} records came up to ${Math.round(lateSeconds)} s late`,
    ),
  ]
}

function exclusionLines({ exclusions }: Eligibility): string[] {
  return some(exclusions, (one) => {
    const word = one.applied
      ? 'applied'
      : one.withdrawn
        ? 'taken back'
        : one.afterTheFact
          ? 'NOT APPLIED: entered after it began'
          : 'not applied'
    return `${utcSpan(one)} ${one.cause} ${one.id} by ${one.by}, entered ${utcText(one.enteredAt)}: ${word}; ${one.why}`
  })
}

function methodLines({ method }: Eligibility): string[] {
  const { clocks, instrument, times } = method
  const error = clocks.maxErrorMs === null ? 'none stated' : `at most ${clocks.maxErrorMs} ms`
  return [
    ...some(method.tools, ({ who, version, records }) => `${who} ${version} (${records})`),
    ...some(
      method.keys,
      ({ role, key, sha256 }) => `${role} key ${key}, sha256 ${sha256.slice(0, 16)}`,
    ),
    `clocks: ${clocks.synchronised} of ${clocks.records} records synchronised, error ${error}, ${clocks.faultyWindows} faulty windows, ${clocks.steps.length} steps or contradictions`,
    `instrument: ${instrument.disturbed} of ${instrument.windows} windows disturbed, longest stall ${Math.round(instrument.worstStallMs)} ms`,
    `times: ${times.bothSides} records bounded by checkpoints on both sides, ${times.oneSide} on one, ${times.neither} only claimed`,
    `${method.boots.length} starts of the agent, ${method.disagreements.length} disagreements of agent and reflector`,
    ...some(method.changes, ({ at, what }) => `${utcText(at)} ${what}`),
    ...some(
      method.acts,
      ({ at, what, by }) => `${utcText(at)} ${what}${by === null ? '' : ` (by ${by})`}`,
    ),
  ]
}

function chainLines({ chain, annex, files }: Eligibility): string[] {
  const link = (one: typeof chain.first) =>
    one === null
      ? 'none'
      : `${one.agent} boot ${one.boot.slice(0, 8)} record ${one.sequence}, leaf ${one.leaf}, sha256 ${one.sha256}`
  const { checkpoints, verify } = chain
  return [
    `first ${link(chain.first)}`,
    `last ${link(chain.last)}`,
    `log ${chain.origin}: ${chain.entries} entries, ${checkpoints.trusted} of ${checkpoints.all} checkpoints under a key given, ${checkpoints.cosigned} cosigned`,
    wholeText(chain.whole),
    ...some(
      chain.findings,
      ({ severity, code, where, what }) => `${severity} ${code}: ${where}: ${what}`,
    ),
    `to check: ${verify.command}`,
    `expected: exit ${verify.exit}, ${verify.says}`,
    ...files.map(({ name, sha256 }) => `${name} sha256 ${sha256}`),
    `annex: ${annex.rows} rows`,
  ]
}
