/** Colour only where a person looks at a terminal and has not asked for none (no-color.org). */
export interface Terminal {
  readonly isTTY?: boolean
}

export type Environment = { readonly [name: string]: string | undefined }

export interface Paint {
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  dim(text: string): string
  bold(text: string): string
}

/** Painters for one stream: they return their text unchanged where colour is not wanted. */
export function paintFor(stream: Terminal, env: Environment): Paint {
  const wanted = stream.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
  const code = (on: number, off: number) => (text: string) =>
    wanted ? `\u001b[${on}m${text}\u001b[${off}m` : text
  return {
    red: code(31, 39),
    green: code(32, 39),
    yellow: code(33, 39),
    dim: code(2, 22),
    bold: code(1, 22),
  }
}
