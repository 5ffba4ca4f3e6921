// Reaches for each of these folders' locks at an instant of its own, and says which it got.
import { lockDirectory } from '../../../dist/shared/disk/lock.js'

const [first, every, ...folders] = process.argv.slice(2)
const got = []
for (const [round, folder] of folders.entries()) {
  while (Date.now() < Number(first) + round * Number(every)) {}
  try {
    lockDirectory(folder)
    got.push(round)
  } catch {}
}
process.stdout.write(JSON.stringify(got))
// Who ends gives back what it holds: all stay until the last has reached for all.
setTimeout(() => {}, 1000)
