import type { Tone } from '../document.ts'
import { visible } from '../escape.ts'
import type { Ink } from '../shapes.ts'

/** A4 in points, and what is kept free of it. */
export const PAGE = { width: 595.28, height: 841.89 } as const
export const MARGIN = { top: 42, bottom: 50, left: 42, right: 42 } as const
export const WIDTH = PAGE.width - MARGIN.left - MARGIN.right

/** Of the fourteen that every reader has: nothing to embed, nothing to differ. */
export const FONTS = { plain: 'Helvetica', bold: 'Helvetica-Bold', mono: 'Courier' } as const

/** The page's light colours; paper has no dark mode. */
export const INKS: { readonly [I in Ink]: string } = {
  ink: '#17202a',
  quiet: '#4b5661',
  line: '#c5ccd3',
  gap: '#d5dbe1',
  shade: '#e9eef7',
  busy: '#f6ecd2',
  out: '#1f5fbf',
  back: '#9a4fb0',
  pass: '#146c43',
  fail: '#b3261e',
  inconclusive: '#855500',
  'not-tested': '#5b6773',
}

export const TONES: { readonly [T in Tone]: { readonly ink: string; readonly ground: string } } = {
  pass: { ink: INKS.pass, ground: '#dff3e7' },
  fail: { ink: INKS.fail, ground: '#fce4e2' },
  inconclusive: { ink: INKS.inconclusive, ground: '#fdefcf' },
  'not-tested': { ink: INKS['not-tested'], ground: '#e8ecf0' },
  plain: { ink: INKS.ink, ground: '#f5f7f9' },
}

/** What the standard fonts have beyond Latin-1 (WinAnsiEncoding, ISO 32000-1 annex D.2). */
const EXTRA = new Set('€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ')

/** Text as the standard fonts can show it; a character that they lack is written as its number. */
export function printable(text: string): string {
  return visible(text).replace(/[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    if ((code >= 0xa0 && code <= 0xff) || EXTRA.has(character)) return character
    const bare = character.normalize('NFD').replace(/\p{M}/gu, '')
    return /^[\x20-\x7e]+$/.test(bare) ? bare : `\\u{${code.toString(16)}}`
  })
}
