/** Builds a lab with something running in it, prints its name prefix and its folder, and does not tidy up. */
import { createLab } from './topology.ts'

const lab = await createLab({ impaired: ['r2-r3'] })
lab.spawn('dc2', ['sleep', '600'])
process.stdout.write(
  `${JSON.stringify([lab.namespace('site').replace(/site$/, ''), lab.folder])}\n`,
)
if (process.argv[2] === 'exit') process.exit(0)
setInterval(() => {}, 1000)
