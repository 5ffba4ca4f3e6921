/** A number and what it counts, in words: `1 quarter hour`, `3 quarter hours`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
