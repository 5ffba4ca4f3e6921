/** The part of net-snmp that is used here; the package comes without types. */
declare module 'net-snmp' {
  import type { Socket, SocketType } from 'node:dgram'

  export interface Varbind {
    readonly oid: string
    readonly type: number
    readonly value: unknown
  }

  export interface User {
    readonly name: string
    readonly level: number
    readonly authProtocol?: number
    readonly authKey?: string
    readonly privProtocol?: number
    readonly privKey?: string
  }

  export interface Options {
    readonly port: number
    readonly version: number
    readonly transport: SocketType
    readonly timeout: number
    readonly retries: number
    readonly idBitsSize: 32
    readonly dgramModule: { readonly createSocket: (type: SocketType) => Socket }
  }

  export interface Session {
    subtree(
      oid: string,
      maxRepetitions: number,
      /** Returning true ends the walk. */
      feed: (varbinds: readonly Varbind[]) => boolean | undefined,
      done: (error: Error | null | undefined) => void,
    ): void
    on(event: 'error', listener: (error: Error) => void): void
    close(): void
  }

  interface Library {
    createSession(target: string, community: string, options: Options): Session
    createV3Session(target: string, user: User, options: Options): Session
    isVarbindError(varbind: Varbind): boolean
    readonly Version2c: number
    readonly Version3: number
    readonly SecurityLevel: {
      readonly [name in 'noAuthNoPriv' | 'authNoPriv' | 'authPriv']: number
    }
    readonly AuthProtocols: { readonly [name in 'md5' | 'sha' | 'sha256' | 'sha512']: number }
    readonly PrivProtocols: { readonly [name in 'des' | 'aes' | 'aes256b' | 'aes256r']: number }
  }

  const library: Library
  export default library
}
