import { readFileSync } from 'node:fs'
import { Fault } from '../../shared/errors.ts'
import { instantFrom } from '../../shared/instant.ts'
import type { SupportCase } from '../../shared/report/cases.ts'

const MOST_CASES = 2000
const WANTED = 'case,from,to on each line, with times like 2026-10-05T09:10Z'

/**
 * Cases from a CSV file (RFC 4180) with the columns case, from, to; a first line that names them may
 * stand there. @throws Fault CONFIG_READ, or CONFIG_VALUE with the line
 */
export function readCases(file: string): readonly SupportCase[] {
  const lines = readText(file)
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
  const cases: SupportCase[] = []
  lines.forEach((line, at) => {
    const fields = fieldsOf(line)
    const heading = at === 0 && fields[0]?.toLowerCase() === 'case'
    if (line.trim() === '' || heading) return
    const where = `${file}:${at + 1}`
    const [id = '', from = '', to = ''] = fields
    const [fromMs, toMs] = [instantFrom(from), instantFrom(to)]
    if (fields.length !== 3 || id === '' || id.length > 120 || fromMs === null || toMs === null) {
      throw new Fault('CONFIG_VALUE', where, WANTED, line.slice(0, 120))
    }
    if (toMs <= fromMs)
      throw new Fault('CONFIG_VALUE', where, 'an end after the start', `${from} to ${to}`)
    cases.push({ id, fromMs, toMs })
  })
  if (cases.length <= MOST_CASES) return cases
  throw new Fault('CONFIG_VALUE', file, `at most ${MOST_CASES} cases`, String(cases.length))
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Fault(
      'CONFIG_READ',
      file,
      'a CSV file of cases',
      error instanceof Error ? error.message : 'unknown',
    )
  }
}

/** Fields with commas between; quotes around one that holds a comma. */
function fieldsOf(line: string): readonly string[] {
  const fields = [...line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(?=,|$)/g)]
  return fields.map(([, quoted, bare]) => (quoted?.replaceAll('""', '"') ?? bare ?? '').trim())
}
