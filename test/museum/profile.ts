import type { Exhibit } from './exhibit.ts'

/** Profiles and site files that must not be believed. */
export const PROFILES: readonly Exhibit[] = [
  {
    file: 'profile/billion-laughs.yaml',
    door: 'profile',
    refused: 'wanted',
    why: 'aliases of aliases: a kilobyte that wants to be gigabytes',
  },
  {
    file: 'profile/two-documents.yaml',
    door: 'profile',
    refused: 'wanted',
    why: 'a second document after --- would be silently ignored by a careless reader',
  },
  {
    file: 'profile/key-twice.yaml',
    door: 'profile',
    refused: 'wanted',
    why: 'the same key twice: readers disagree on which value counts',
  },
  {
    file: 'profile/norway.yaml',
    door: 'site',
    refused: 'wanted',
    why: 'an unquoted number where a name belongs must not become one by coercion',
  },
  {
    file: 'profile/prototype.yaml',
    door: 'site',
    refused: 'wanted',
    why: '__proto__ as a key must be an unknown key, not a prototype',
  },
  {
    file: 'profile/empty.yaml',
    door: 'site',
    refused: 'an empty file',
    why: 'a file truncated by a full disk',
  },
  {
    file: 'profile/rtp-ports-backwards.yaml',
    door: 'site',
    refused: 'wanted',
    why: 'a range whose end is before its beginning covers no port and would pass at once',
  },
]
