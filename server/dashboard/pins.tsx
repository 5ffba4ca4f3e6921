import { counted } from '../../shared/counted.ts'
import type { PinRows } from './answers.ts'
import type { Looked, PinLooked } from './looked.ts'
import { nameOf, utc } from './words.ts'

/** Times that are kept whatever their age, and by whom. */
export function Pins({ pins: { shown, older } }: Pick<Looked, 'pins'>) {
  return (
    <ul class="pins">
      {shown.map((one) => (
        <PinItem key={one.pin.id} looked={one} />
      ))}
      {shown.length === 0 && (
        <li class="quiet">None: records are removed when they are old enough.</li>
      )}
      {older > 0 && <li class="quiet">and {older} older ones</li>}
    </ul>
  )
}

function PinItem({ looked: { pin, rows } }: { readonly looked: PinLooked }) {
  const { from, to, why, by, enteredAt, releasedAt } = pin
  return (
    <li class={releasedAt === null ? '' : 'quiet'}>
      <b>
        {utc(from)} – {utc(to)}
      </b>{' '}
      {why}{' '}
      <span class="quiet">
        pinned by {nameOf(by)}, {utc(enteredAt)};{' '}
        {releasedAt === null ? rowsText(rows) : `released ${utc(releasedAt)}`}
      </span>
    </li>
  )
}

function rowsText(rows: PinRows | null): string {
  if (rows === null) return 'its raw rows could not be looked at'
  const { windows, kept, waiting, absent, truncated } = rows
  const gone = absent.map((one) => `${one.windows} not to be had (${one.cause})`)
  const parts = [`${kept} kept`, `${waiting} on their way`, ...gone].join(', ')
  const more = truncated ? ' (of more records than are looked through)' : ''
  return `raw rows of ${counted(windows, 'window')}: ${parts}${more}`
}
