/**
 * Fixed layouts, named field by field in the order of the octets: one table gives the reader, the
 * writer and the size. Big endian throughout. For control messages, not for the packet path.
 */
export interface Field<T> {
  readonly bytes: number
  read(view: DataView, at: number): T
  write(view: DataView, at: number, value: T): void
}

export const u8: Field<number> = {
  bytes: 1,
  read: (view, at) => view.getUint8(at),
  write: (view, at, value) => view.setUint8(at, value),
}
export const u16: Field<number> = {
  bytes: 2,
  read: (view, at) => view.getUint16(at),
  write: (view, at, value) => view.setUint16(at, value),
}
export const u32: Field<number> = {
  bytes: 4,
  read: (view, at) => view.getUint32(at),
  write: (view, at, value) => view.setUint32(at, value),
}
/** IEEE 754 double; NaN stands for "not known" where the layout says so. */
export const f64: Field<number> = {
  bytes: 8,
  read: (view, at) => view.getFloat64(at),
  write: (view, at, value) => view.setFloat64(at, value),
}

/** `count` octets as lower-case hexadecimal: identities and nonces, to be compared and printed. */
export function hex(count: number): Field<string> {
  return {
    bytes: count,
    read: (view, at) => {
      let text = ''
      for (let i = 0; i < count; i++)
        text += view
          .getUint8(at + i)
          .toString(16)
          .padStart(2, '0')
      return text
    },
    write: (view, at, value) => {
      for (let i = 0; i < count; i++)
        view.setUint8(at + i, Number.parseInt(value.slice(2 * i, 2 * i + 2), 16))
    },
  }
}

/** ASCII text of at most `count` octets, zero padded; reading stops at the first zero octet. */
export function ascii(count: number): Field<string> {
  return {
    bytes: count,
    read: (view, at) => {
      let text = ''
      for (let i = 0; i < count && view.getUint8(at + i) !== 0; i++)
        text += String.fromCharCode(view.getUint8(at + i))
      return text
    },
    write: (view, at, value) => {
      for (let i = 0; i < count; i++)
        view.setUint8(at + i, i < value.length ? value.charCodeAt(i) & 0x7f : 0)
    },
  }
}

/** `count` 16-bit numbers. */
export function u16s(count: number): Field<readonly number[]> {
  return {
    bytes: 2 * count,
    read: (view, at) => Array.from({ length: count }, (_, i) => view.getUint16(at + 2 * i)),
    write: (view, at, value) => {
      for (let i = 0; i < count; i++) view.setUint16(at + 2 * i, value[i] ?? 0)
    },
  }
}

/** Fields side by side in the order written. */
export function layout<T extends object>(
  fields: {
    readonly [K in keyof T]: Field<T[K]>
  },
): Field<T> {
  const names = Object.keys(fields) as (keyof T)[]
  return {
    bytes: names.reduce((sum, name) => sum + fields[name].bytes, 0),
    read: (view, at) => {
      const value: Partial<T> = {}
      let offset = at
      for (const name of names) {
        value[name] = fields[name].read(view, offset)
        offset += fields[name].bytes
      }
      return value as T
    },
    write: (view, at, value) => {
      let offset = at
      for (const name of names) {
        fields[name].write(view, offset, value[name])
        offset += fields[name].bytes
      }
    },
  }
}
