import { ok, type Result, refuse } from '../result.ts'
import { canonicalJson } from './canonical.ts'
import { explain } from './explain.ts'
import { expandPorts } from './ports.ts'
import { type ConfigProblem, child, closest, shown } from './problem.ts'
import { type Profile, ProfileSchema, type Requirement, type RequirementOf } from './schema.ts'
import { type Site, SiteSchema } from './site.ts'
import { valueProblems } from './site-values.ts'

/**
 * Turns any value (from YAML, JSON, a bundle) into a profile with its defaults filled in, or says
 * everything that is wrong with it, each with its path. Beyond the schema it refuses: an id given
 * twice, a port asked for twice in one row, a row with no port that is not dynamic, a connection
 * that does not exist, a DHCP option without the value it is to equal, an address that is none, and
 * text that cannot be written canonically.
 */
export function parseProfile(value: unknown): Result<Profile, readonly ConfigProblem[]> {
  const read = explain(ProfileSchema, value)
  if (read.value === undefined) return refuse(read.problems)
  const problems = [
    ...repeatedIds(read.value),
    ...read.value.requirements.flatMap((line, i) => lineProblems(line, i, read.value as Profile)),
    ...unwritable(value),
  ]
  return problems.length > 0 ? refuse(problems) : ok(read.value)
}

/**
 * Turns any value into a site file's content, or says everything that is wrong with it. What it says
 * of single lines is held against a profile by {@link checkSite}.
 */
export function parseSite(value: unknown): Result<Site, readonly ConfigProblem[]> {
  const read = explain(SiteSchema, value)
  if (read.value === undefined) return refuse(read.problems.map(hideKey))
  const twice = (['primary', 'secondary'] as const).filter(
    (name) => read.value?.farEnds[name]?.key !== undefined && read.value.farEnds[name].keyFile,
  )
  if (twice.length === 0) return ok(read.value)
  return refuse(
    twice.map((name) => ({
      code: 'CONFIG_KEY',
      path: ['farEnds', name, 'keyFile'],
      wanted: 'key or keyFile',
      found: 'both',
      repair: 'remove one of the two',
    })),
  )
}

/** Everything in a site file that does not fit the profile it names. */
export function checkSite(site: Site, profile: Profile): ConfigProblem[] {
  const kinds = new Map(profile.requirements.map((line) => [line.id, line.kind]))
  const tables: readonly [path: readonly string[], kinds: readonly string[] | null][] = [
    [
      ['dns', 'records'],
      ['dns-a', 'dns-srv'],
    ],
    [['dhcp', 'options'], ['dhcp-option']],
    [['ports'], ['ports']],
    [['waive'], null],
  ]
  const strangers = tables.flatMap(([path, wanted]) => {
    const known = [...kinds].filter(([, kind]) => wanted?.includes(kind) ?? true).map(([id]) => id)
    const given = path.reduce<unknown>(child, site)
    return Object.keys(given ?? {}).flatMap((id) =>
      known.includes(id)
        ? recordProblems([...path, id], kinds.get(id), child(given, id))
        : [unknownLine([...path, id], id, known, profile)],
    )
  })
  return [...strangers, ...valueProblems(site, profile)]
}

function unknownLine(
  path: readonly string[],
  id: string,
  known: readonly string[],
  profile: Profile,
): ConfigProblem {
  const near = closest(id, known)
  return {
    code: 'CONFIG_KEY',
    path,
    wanted: `a line of ${profile.id} that fits here`,
    found: shown(id),
    repair: near === undefined ? 'remove the key' : `did you mean ${near}?`,
  }
}

/** An A line has an address and no target; an SRV line the reverse. */
function recordProblems(path: readonly string[], kind: unknown, record: unknown): ConfigProblem[] {
  const wrong =
    kind === 'dns-a'
      ? ['target', 'port', 'priority', 'weight']
      : kind === 'dns-srv'
        ? ['value']
        : []
  return wrong
    .filter((key) => child(record, key) !== undefined)
    .map((key) => ({
      code: 'CONFIG_KEY',
      path: [...path, key],
      wanted: kind === 'dns-a' ? 'value and name of an A record' : 'target of an SRV record',
      found: shown(key),
      repair: kind === 'dns-a' ? 'write value: and an address' : 'write target: and a host name',
    }))
}

const SECRETS: ReadonlySet<unknown> = new Set(['key', 'community'])

/** Secrets stay out of messages and logs. */
function hideKey(problem: ConfigProblem): ConfigProblem {
  const isSecret = SECRETS.has(problem.path.at(-1)) && problem.code === 'CONFIG_VALUE'
  if (!isSecret || problem.found === 'nothing') return problem
  const repair = problem.repair.startsWith('put it in quotes') ? 'put it in quotes' : 'correct it'
  return { ...problem, found: 'something else (not shown: it may be a secret)', repair }
}

function repeatedIds(profile: Profile): ConfigProblem[] {
  const lists = ['requirements', 'connections', 'notes'] as const
  return lists.flatMap((list) => {
    const first = new Map<string, number>()
    return (profile[list] ?? []).flatMap(({ id }, i): ConfigProblem[] => {
      if (!first.has(id)) first.set(id, i)
      if (first.get(id) === i) return []
      return [
        problem(
          [list, i, 'id'],
          'every id once',
          `${shown(id)} again`,
          'give one of the two another id, or remove it',
        ),
      ]
    })
  })
}

function lineProblems(line: Requirement, i: number, profile: Profile): ConfigProblem[] {
  const at = (key: string) => ['requirements', i, key]
  if (line.kind === 'dns-a' && !/^[0-9a-fA-F.:]+$/.test(line.value)) {
    return [problem(at('value'), 'an IP address', shown(line.value), 'write the address')]
  }
  if (line.kind === 'dhcp-option') {
    const needs = line.match?.startsWith('exact') ?? false
    if (!needs || line.expect !== undefined) return []
    const why = `the value to equal, as match is ${line.match}`
    return [problem(at('expect'), why, 'nothing', 'add expect, or set match to present')]
  }
  return line.kind === 'ports' ? portProblems(line, at, profile) : []
}

function portProblems(
  row: RequirementOf<'ports'>,
  at: (key: string) => (string | number)[],
  profile: Profile,
): ConfigProblem[] {
  const known = (profile.connections ?? []).map(({ id }) => id)
  const found = pairProblems(row, at)
  if (row.connection !== undefined && !known.includes(row.connection)) {
    const repair = 'name one of connections, or add it there'
    found.push(problem(at('connection'), 'the id of a connection', shown(row.connection), repair))
  }
  return found
}

function pairProblems(
  row: RequirementOf<'ports'>,
  at: (key: string) => (string | number)[],
): ConfigProblem[] {
  const pairs = expandPorts(row).map(({ proto, port }) => `${proto}/${port}`)
  if (pairs.length === 0 && !row.dynamic) {
    const repair = 'add one, or write dynamic: true if the site gives them'
    return [problem(at('tcp'), 'at least one port', 'none', repair)]
  }
  if (pairs.length > 0 && row.dynamic) {
    const found = String(pairs.length)
    return [
      problem(at('dynamic'), 'no ports in a dynamic row', found, 'remove dynamic or the ports'),
    ]
  }
  const twice = pairs.length > new Set(pairs).size && pairs.find((p, i) => pairs.indexOf(p) !== i)
  if (!twice) return []
  const repair = 'remove the repeated port or mend the range'
  return [problem(at(twice.slice(0, 3)), 'every port once', `${twice} twice`, repair)]
}

function unwritable(value: unknown): ConfigProblem[] {
  const text = canonicalJson(value)
  if (text.ok) return []
  const { path, why } = text.error
  return [problem(path, 'plain text and finite numbers', why, 'write it anew')]
}

function problem(
  path: readonly (string | number)[],
  wanted: string,
  found: string,
  repair: string,
): ConfigProblem {
  return { code: 'CONFIG_VALUE', path, wanted, found, repair }
}
