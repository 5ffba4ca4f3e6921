// Runs a reflector until its standard input closes. Arguments: address, port, keys file.
import { startReflector } from '../../dist/agent/reflector/start.js'

const [address, port, keysFile] = process.argv.slice(2)
const reflector = await startReflector({ address, port: Number(port), keysFile })
process.stdout.write('ready\n')
process.stdin.resume().on('end', () => void reflector.stop())
