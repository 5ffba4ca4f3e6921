// Takes needless spreads out of what was compiled: `{ ...{ a, b }, c }` becomes `{ a, b, c }`, which
// is the same object. The sources write members of a kind in one line so; run as it stands, each one
// costs a copy and several times the memory, which counts where a month of records is read.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync, Visitor } from 'rolldown/utils'

const dist = join(import.meta.dirname, '..', '..', 'dist')
for (const name of readdirSync(dist, { recursive: true })) {
  if (!/^(agent|server|shared)[\\/].*\.js$/.test(name)) continue
  const file = join(dist, name)
  const text = readFileSync(file, 'utf8')
  // Already flat, as all that tsc did not compile anew.
  if (!/\.\.\.\s*\{/.test(text)) continue
  const flat = flattened(text)
  if (flat !== text) writeFileSync(file, flat)
}

function flattened(text) {
  const cuts = []
  const take = ({ properties }) => {
    for (const member of properties) if (isNeedless(member)) cuts.push(...around(member))
  }
  const around = ({ start, argument: { properties, end } }) => [
    { from: start, to: properties[0].start },
    // With the comma after the last one, if there is any.
    { from: properties.at(-1).end, to: end },
  ]
  new Visitor({ ObjectExpression: take }).visit(parseSync('a.js', text).program)
  let flat = ''
  let at = 0
  for (const { from, to } of cuts.sort((a, b) => a.from - b.from)) {
    flat += text.slice(at, from)
    at = to
  }
  return flat + text.slice(at)
}

/** A spread of an object that is written right there. Accessors and `__proto__: x` would mean another thing outside. */
function isNeedless({ type, argument }) {
  if (type !== 'SpreadElement' || argument.type !== 'ObjectExpression') return false
  const isPlain = ({ type, kind, key }) =>
    type === 'SpreadElement' || (kind === 'init' && (key.name ?? key.value) !== '__proto__')
  return argument.properties.length > 0 && argument.properties.every(isPlain)
}
