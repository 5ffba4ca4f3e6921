import { defineConfig } from 'vite'

/** The page as files that the collector serves: one script, one style, and the frame that names them. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  build: {
    outDir: '../../dist/dashboard',
    emptyOutDir: true,
    // A picture inside of a style sheet would need a policy of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { proxy: { '/api': 'http://127.0.0.1:8460' } },
})
