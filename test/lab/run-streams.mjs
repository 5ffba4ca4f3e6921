// Runs one plan (JSON, first argument) and prints the sums of its windows as one line of JSON.
import { startStreams } from '../../dist/agent/stream/start.js'

const streams = startStreams(JSON.parse(process.argv[2]))
streams.on((event) => {
  if (event.type === 'fault') throw new Error(event.message)
  if (event.type === 'window') process.stdout.write(`${JSON.stringify(sums(event.window))}\n`)
})

function sums({ streams: calls, instrument, gaps }) {
  const told = {
    sent: 0,
    answered: 0,
    received: 0,
    replied: 0,
    duplicates: 0,
    dupOut: 0,
    dupBack: 0,
  }
  let disagreements = 0
  for (const { rows, receipt } of calls) {
    for (let i = 0; i < rows.count; i++) {
      const answered = rows.replySequence[i] !== -1
      if (!Number.isNaN(rows.sentNs[i])) told.sent += 1
      if (answered) told.answered += 1
      told.dupOut += rows.duplicatesOut[i]
      told.dupBack += rows.duplicatesBack[i]
      // What was answered must be in the reflector's bitmap.
      const bit = receipt.receivedBitmap[i >> 3] & (0x80 >> (i & 7))
      if (answered && bit === 0) disagreements += 1
    }
    told.received += receipt.received
    told.replied += receipt.replied
    told.duplicates += receipt.duplicates
  }
  return { ...told, disagreements, instrument, gaps }
}
