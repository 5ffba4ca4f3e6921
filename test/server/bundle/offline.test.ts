import { expect, test } from 'vitest'
import { offlineBundle } from '../../../server/bundle/offline.ts'
import { LONGEST_TIME_MS } from '../../../shared/evidence/bundle.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { START } from '../support/fixtures.ts'

test('a longer time than anybody verifies is not cut', async () => {
  const from = { dataDirectory: temporaryDirectory(), profile: [], site: 'leeds', fromMs: START }
  const cut = (ms: number) => offlineBundle({ ...from, toMs: START + ms })
  await expect(cut(LONGEST_TIME_MS + 1)).rejects.toThrow('100 days at most')
  // What stands in the way then is that nothing is here.
  await expect(cut(LONGEST_TIME_MS)).rejects.not.toThrow('100 days at most')
})
