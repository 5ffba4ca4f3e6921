// Takes needless spreads out of what was compiled: `{ ...{ a, b }, c }` becomes `{ a, b, c }`, which
// is the same object. The sources write members of a kind in one line so; run as it stands, each one
// costs a copy and several times the memory, which counts where a month of records is read.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

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
  const source = ts.createSourceFile('a.js', text, ts.ScriptTarget.Latest, false)
  const cuts = []
  const look = (node) => {
    if (ts.isObjectLiteralExpression(node)) {
      for (const member of node.properties) if (isNeedless(member)) cuts.push(...around(member))
    }
    ts.forEachChild(node, look)
  }
  const around = (spread) => {
    const { properties, end } = spread.expression
    const first = properties[0].getStart(source)
    return [
      { from: spread.getStart(source), to: first },
      // With the comma after the last one, if there is any.
      { from: properties.at(-1).end, to: end },
    ]
  }
  look(source)
  let flat = ''
  let at = 0
  for (const { from, to } of cuts.sort((a, b) => a.from - b.from)) {
    flat += text.slice(at, from)
    at = to
  }
  return flat + text.slice(at)
}

/** A spread of an object that is written right there. Accessors and `__proto__: x` would mean another thing outside. */
function isNeedless(member) {
  if (!ts.isSpreadAssignment(member) || !ts.isObjectLiteralExpression(member.expression))
    return false
  const { properties } = member.expression
  const isPlain = (one) => !ts.isAccessor(one) && one.name?.text !== '__proto__'
  return properties.length > 0 && properties.every(isPlain)
}
