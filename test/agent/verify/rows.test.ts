import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addRows } from '../../../agent/bundle/add-rows.ts'
import { packBundle } from '../../../server/bundle/pack.ts'
import type { BundleLine, LineOf } from '../../../shared/evidence/bundle.ts'
import { ROWS_FORMAT, rowsFileText } from '../../../shared/evidence/rows-file.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import {
  AGENT_ROW,
  encodeAgentRows,
  FILE_HEADER,
  STREAM_HEADER,
} from '../../../shared/measure/raw-rows.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import { MINUTE } from '../../server/support/fixtures.ts'
import { KEYS, sha256hex } from '../../support/evidence-world.ts'
import { minuteOf, type RowsWorldOptions, rowsLine, rowsWorld } from '../../support/rows-world.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

async function verified(lines: readonly BundleLine[]) {
  const opened = openBundleFile(packBundle(lines))
  if (!opened.ok) throw new Error(opened.error)
  return verifyBundle({ lines: opened.value.lines, tools: nodeTools, keys: KEYS })
}

const invalid = ({ items }: Awaited<ReturnType<typeof verified>>) => [
  ...new Set(items.filter(({ severity }) => severity === 'invalid').map(({ code }) => code)),
]
const bundleOf = (rows: readonly LineOf<'rows'>[], world = good): BundleLine[] => [
  ...world.lines(rows.length),
  ...rows,
]
const worldOf = (options: Omit<RowsWorldOptions, 'minutes'>) =>
  rowsWorld({ minutes: 3, ...options })
const good = worldOf({})

test('both halves of every minute: digests, counts and statistics hold to the nanosecond', async () => {
  const found = await verified(bundleOf(good.rows))
  expect(found.items.filter(({ severity }) => severity !== 'note')).toEqual([])
  expect(found.rows).toHaveLength(6)
  for (const window of found.rows ?? [])
    expect(window).toMatchObject({ agent: 'rows', reflector: 'rows', disputed: [] })
})

test('with one half, and with none, what is only a digest is said', async () => {
  const agents = good.rows.filter((_, at) => at % 2 === 0)
  const half = await verified(bundleOf(agents))
  expect(invalid(half)).toEqual([])
  expect(half.rows?.every((one) => one.agent === 'rows' && one.reflector === 'digest')).toBe(true)
  const none = await verified(bundleOf([]))
  expect(none.items.map(({ what }) => what).join()).toContain('rows of 0 of 3 windows are here')
  expect((await verified(good.lines(0).map(withoutRows))).rows).toBeNull()
})

test('any bit of any row flipped: never anything but invalid', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(good.rows.length - 1), fc.nat(), async (at, place) => {
      const line = good.rows[at] as LineOf<'rows'>
      const bytes = Buffer.from(line.bytes, 'base64')
      bytes[place % bytes.length]! ^= 1 << (place % 8)
      const changed = { ...line, bytes: bytes.toString('base64') }
      const found = await verified(bundleOf(good.rows.with(at, changed)))
      expect(['rows-digest', 'rows-form']).toContain(invalid(found)[0])
    }),
    { numRuns: 25 },
  )
})

test('cut short, swapped, repeated, of another session, uncounted: each is told', async () => {
  const [first, second, ...rest] = good.rows as [LineOf<'rows'>, LineOf<'rows'>]
  const swapped = [{ ...first, bytes: second.bytes }, { ...second, bytes: first.bytes }, ...rest]
  expect(invalid(await verified(bundleOf(swapped)))).toEqual(['rows-digest'])
  const cut = { ...first, bytes: first.bytes.slice(0, -400) }
  expect(invalid(await verified(bundleOf([cut, second, ...rest])))).toEqual(['rows-form'])
  expect(invalid(await verified(bundleOf([first, first, second])))).toEqual(['rows-repeated'])
  const other = rowsWorld({ minutes: 5 }).rows.at(-1) as LineOf<'rows'>
  expect(invalid(await verified(bundleOf([...good.rows, other])))).toEqual(['rows-unknown'])
  const uncounted = [...good.lines(1), ...good.rows]
  expect(invalid(await verified(uncounted))).toEqual(['rows-count'])
})

test('a record that says otherwise than its own rows is caught, figure by figure', async () => {
  const lie = worldOf({
    lie: (record, minute) =>
      minute === 1
        ? JSON.parse(
            JSON.stringify(record).replace(/"p95":(\d+)/, (_, ms) => `"p95":${Number(ms) + 1}`),
          )
        : record,
  })
  const found = await verified(bundleOf(lie.rows, lie))
  expect(invalid(found)).toEqual(['rows-disagree'])
  expect(found.items.filter(({ code }) => code === 'rows-disagree')).toHaveLength(1)
  expect(found.items.find(({ code }) => code === 'rows-disagree')?.what).toMatch(/p95 \d+/)
})

test('a forged half shows packet by packet against the other', async () => {
  const forged = worldOf({
    forge: ({ own }, minute) => {
      if (minute !== 2) return
      // The agent makes arrivals later than they were, to have the way out look slow.
      for (let i = 40; i < 45; i++) own.reachedNs[i] = own.reachedNs[i]! + 200e6
    },
  })
  const found = await verified(bundleOf(forged.rows, forged))
  const disputed = found.rows?.flatMap((one) => one.disputed) ?? []
  expect(disputed.length).toBeGreaterThan(5)
  expect(new Set(disputed.map(({ what }) => what))).toEqual(new Set(['arrival-time']))
  expect(found.items.filter(({ code }) => code === 'rows-packets')).toHaveLength(2)
})

test('the stamp inside a packet is one value: an agent that says another, or none, shows', async () => {
  const forged = worldOf({
    forge: ({ own }, minute) => {
      // A thousandth of a second is enough to even out jitter.
      if (minute === 2) for (let i = 40; i < 45; i++) own.stampedNs[i] = own.sentNs[i]! += 1e6
      if (minute === 1) own.stampedNs[30] = Number.NaN
    },
  })
  const found = await verified(bundleOf(forged.rows, forged))
  const disputed = found.rows?.flatMap((one) => one.disputed) ?? []
  expect(disputed.length).toBeGreaterThan(10)
  expect(new Set(disputed.map(({ what }) => what))).toEqual(new Set(['sent-time']))
})

test('rows of another build, longer or shorter than ours, are missing and make nothing invalid', async () => {
  const ours = encodeAgentRows([minuteOf(1, 'primary').own])
  const theirs = withoutStamps(ours)
  const [before, after] = [sha256hex(ours), sha256hex(theirs)]
  const early = worldOf({
    lie: (record, minute) =>
      minute === 1 ? JSON.parse(JSON.stringify(record).replace(before, after)) : record,
  })
  const rows = early.rows.map((line) => (line.sha256 === before ? rowsLine(theirs) : line))
  expect(rows).toContainEqual(rowsLine(theirs))
  const found = await verified(bundleOf(rows, early))
  expect(invalid(found)).toEqual([])
  expect(found.items.filter(({ code }) => code === 'rows-unread')).toMatchObject([
    { severity: 'missing', what: expect.stringContaining('300 rows of 60 octets') },
  ])
})

/** The layout before the stamps inside the packets stood in it. */
function withoutStamps(bytes: Uint8Array): Uint8Array {
  const count = (bytes.length - FILE_HEADER - STREAM_HEADER) / AGENT_ROW
  const head = bytes.slice(0, FILE_HEADER + STREAM_HEADER)
  head[9] = AGENT_ROW - 8
  const rows = Array.from({ length: count }, (_, i) => {
    const at = head.length + i * AGENT_ROW
    return bytes.subarray(at, at + AGENT_ROW - 8)
  })
  return new Uint8Array(Buffer.concat([head, ...rows]))
}

test('what a reflector exported comes into the bundle: the same octets in whatever order', async () => {
  const folder = temporaryDirectory()
  const half = (side: 0 | 1) => good.rows.filter((_, at) => at % 2 === side)
  const file = (name: string, rows: readonly LineOf<'rows'>[], windows = rows.length) => {
    const head = { format: ROWS_FORMAT, side: 'reflector', from: 0, to: 9e12, since: 0 } as const
    const text = [...rowsFileText({ ...head, windows, absent: [] }, rows)].join('')
    writeFileSync(join(folder, name), gzipSync(text))
    return join(folder, name)
  }
  const bundle = packBundle(good.lines(0).map(withoutRows))
  const strange = rowsLine(
    rowsWorld({ minutes: 5 }).halves.get('4 primary')?.agent ?? new Uint8Array(),
  )
  const agents = file('agent.rows', [...half(0), strange])
  const reflectors = file('reflector.rows', half(1).toReversed())
  const both = await addRows(bundle, [agents, reflectors])
  expect(both).toMatchObject({ added: 12, strange: 1 })
  expect(Buffer.from(both.file)).toEqual(Buffer.from(packBundle(bundleOf(good.rows))))
  const later = await addRows((await addRows(bundle, [reflectors])).file, [agents])
  expect(Buffer.from(later.file)).toEqual(Buffer.from(both.file))
  // Of minutes that stand beside the time for the chain alone nothing is recomputed.
  const beside = good.lines(0).map(withoutRows).map(until(2))
  expect(await addRows(packBundle(beside), [agents, reflectors])).toMatchObject({ added: 8 })
  const short = file('short.rows', half(1), 99)
  await expect(addRows(bundle, [short])).rejects.toThrow(/cut short/)
  writeFileSync(join(folder, 'none.rows'), 'nothing')
  await expect(addRows(bundle, [join(folder, 'none.rows')])).rejects.toThrow(/rows export/)
})

const until =
  (minute: number) =>
  (line: BundleLine): BundleLine =>
    line.kind === 'manifest' ? { ...line, to: line.from + minute * MINUTE } : line

function withoutRows(line: BundleLine): BundleLine {
  if (line.kind !== 'manifest') return line
  const { rows: _, ...rest } = line
  return rest
}
