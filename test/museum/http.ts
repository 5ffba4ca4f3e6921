import type { Exhibit } from './exhibit.ts'

/** Requests that are not quite HTTP, or not quite allowed. */
export const REQUESTS: readonly Exhibit[] = [
  {
    file: 'http/no-such-method.txt',
    door: 'request',
    refused: '400',
    why: 'a method that HTTP does not have',
  },
  {
    file: 'http/two-lengths.txt',
    door: 'request',
    refused: '400',
    why: 'two content lengths: request smuggling',
  },
  {
    file: 'http/length-and-chunked.txt',
    door: 'request',
    refused: '400',
    why: 'a content length beside chunks: request smuggling',
  },
  {
    file: 'http/tls-hello.txt',
    door: 'request',
    refused: '400',
    why: 'somebody speaks TLS to the plain port',
  },
  {
    file: 'http/null-in-header.txt',
    door: 'request',
    refused: '400',
    why: 'a NUL inside a header value',
  },
  {
    file: 'http/path-out.txt',
    door: 'request',
    refused: '40[04]',
    why: 'a path that climbs out of the root',
  },
  {
    file: 'http/no-token.txt',
    door: 'request',
    // Without a token a record must be signed; what is no record is told so before anybody is asked.
    refused: '40[01]',
    why: 'a record from nobody',
  },
]
