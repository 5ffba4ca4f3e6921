// A gateway (ALG) as routers have them, in user space: forwards UDP of one port to a far end, and
// rewrites the private address in SIP messages on the legs it is told to.
// Arguments: own address, port, far address, far port, private address, public address, legs (out,back)
import { createSocket } from 'node:dgram'

const [own, port, far, farPort, inner, outer, legs] = process.argv.slice(2)
const rewrite = (bytes, from, to) =>
  Buffer.from(
    bytes
      .toString('latin1')
      .replace(/^(Contact:.*|c=.*|o=.*)$/gm, (line) => line.replaceAll(from, to)),
    'latin1',
  )
const front = createSocket('udp4')
const flows = new Map()

front.on('message', (bytes, from) => {
  const key = `${from.address} ${from.port}`
  if (!flows.has(key)) {
    const back = createSocket('udp4')
    back.on('message', (answer) => {
      const told = legs.includes('back') ? rewrite(answer, outer, inner) : answer
      front.send(told, from.port, from.address)
    })
    flows.set(key, back)
  }
  const told = legs.includes('out') ? rewrite(bytes, inner, outer) : bytes
  flows.get(key).send(told, Number(farPort), far)
})
front.bind(Number(port), own, () => process.stdout.write('ready\n'))
