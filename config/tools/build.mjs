// `npm run build`: what `npm start` and `npm test` build as well.
import { build } from './ensure.mjs'

build()
