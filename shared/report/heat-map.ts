import { type Box, type Drawing, type Ink, type Point, type Shape, tenth, text } from './shapes.ts'

/** What each hour of each day came to: the worst of its quarter hours. */
export interface HeatMap {
  readonly title: string
  readonly rows: readonly HeatRow[]
  /** What a cell speaks of, in a sentence. */
  readonly note: string
}

export interface HeatRow {
  /** `2026-03-02` */
  readonly day: string
  /** 24 hours; null: outside the time that is spoken of. */
  readonly hours: readonly (HeatCell | null)[]
}

export type HeatCell = 'pass' | 'fail' | 'inconclusive' | 'not-tested'

const LEFT = 64
const TOP = 34
const ROW = 13
const WORDS: readonly (readonly [HeatCell, string])[] = [
  ['pass', 'pass'],
  ['fail', 'fail (crossed)'],
  ['inconclusive', 'cannot say (barred)'],
  ['not-tested', 'nothing seen (empty)'],
]

/** Days downwards, hours across; every colour has a mark of its own, for eyes and paper without colour. */
export function drawHeatMap(map: HeatMap, width: number): Drawing {
  const size = (width - LEFT) / 24
  const found = new Map<HeatCell, Box[]>(WORDS.map(([cell]) => [cell, []]))
  map.rows.forEach(({ hours }, row) => {
    hours.forEach((cell, hour) => {
      if (cell === null) return
      const box = [
        LEFT + hour * size + 0.75,
        TOP + row * ROW + 0.75,
        size - 1.5,
        ROW - 1.5,
      ] as const
      found.get(cell)?.push(box.map(tenth) as unknown as Box)
    })
  })
  const labels = Array.from({ length: 24 }, (_, hour) =>
    text(
      [tenth(LEFT + (hour + 0.5) * size), TOP - 5],
      String(hour).padStart(2, '0'),
      'quiet',
      'middle',
    ),
  )
  const days = map.rows.map(({ day }, row) =>
    text([LEFT - 6, TOP + row * ROW + 10], day.slice(5), 'quiet', 'end'),
  )
  return {
    ...{ width, height: TOP + map.rows.length * ROW + 4, label: labelOf(map) },
    shapes: [
      text([0, 11], map.title, 'ink'),
      ...legend(width),
      ...labels,
      ...days,
      ...[...found].flatMap(([cell, boxes]) => marked(cell, boxes)),
    ],
  }
}

/** The hours of each colour, in words, for who does not see them. */
function labelOf({ title, rows }: HeatMap): string {
  const all = rows.flatMap(({ hours }) => hours)
  const counts = WORDS.map(([cell, words]) => {
    const bare = words.replace(/ \(.*/, '')
    return `${all.filter((one) => one === cell).length} hours ${bare}`
  })
  return `${title}: ${counts.join(', ')}`
}

function legend(width: number): Shape[] {
  const shapes: Shape[] = []
  let right = width
  for (const [cell, words] of [...WORDS].reverse()) {
    shapes.push(text([right, 11], words, 'quiet', 'end'))
    right -= words.length * 5.3 + 16
    shapes.push(...marked(cell, [[tenth(right), 2, 11, 10]]))
    right -= 12
  }
  return shapes
}

const FILLS: { readonly [C in HeatCell]: readonly [Ink, number] } = {
  pass: ['pass', 0.45],
  fail: ['fail', 0.85],
  inconclusive: ['inconclusive', 0.4],
  'not-tested': ['gap', 0.6],
}

function marked(cell: HeatCell, boxes: readonly Box[]): Shape[] {
  const [fill, opacity] = FILLS[cell]
  const shapes: Shape[] = [{ kind: 'boxes', boxes, fill, opacity }]
  const lines = boxes.flatMap((box) => marks(cell, box))
  if (lines.length > 0) shapes.push({ kind: 'lines', lines, stroke: 'ink', width: 0.7 })
  return shapes
}

function marks(cell: HeatCell, [x, y, width, height]: Box): readonly (readonly Point[])[] {
  const [middleX, middleY] = [tenth(x + width / 2), tenth(y + height / 2)]
  if (cell === 'inconclusive')
    return [
      [
        [middleX - 4, middleY],
        [middleX + 4, middleY],
      ],
    ]
  if (cell !== 'fail') return []
  return [
    [
      [middleX - 3, middleY - 3],
      [middleX + 3, middleY + 3],
    ],
    [
      [middleX - 3, middleY + 3],
      [middleX + 3, middleY - 3],
    ],
  ]
}
