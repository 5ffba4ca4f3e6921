/** The page's frame; script and style are put in by page.ts, which also hashes them. */
export const PAGE_MARKUP = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>voip-ready</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M1 8h3l2-5 4 10 2-5h3' fill='none' stroke='%231a7f4b' stroke-width='2' stroke-linejoin='round'/%3E%3C/svg%3E">
<!--style-->
</head>
<body>
<header>
  <h1><svg viewBox="0 0 16 16" width="20" height="20" aria-hidden="true"><path d="M1 8h3l2-5 4 10 2-5h3" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round"/></svg>voip-ready</h1>
  <p id="fleet" class="quiet"></p>
  <nav><a href="/docs">API</a><a href="/metrics">Metrics</a><a href="/readyz">Readiness</a></nav>
  <button id="leave" type="button" hidden>Sign out</button>
  <p id="link" class="quiet" role="status"></p>
</header>
<form id="access" hidden>
  <p id="refused" role="alert"></p>
  <label for="name">Sign in to read here (accounts: <code>voip-ready collector users add NAME</code>)</label>
  <input id="name" autocomplete="username" placeholder="name" required>
  <input id="password" type="password" autocomplete="current-password" aria-label="password" placeholder="password" required>
  <button>Sign in</button>
</form>
<form id="bearer" hidden>
  <label for="token">or read with a token (<code>voip-ready collector tokens add --viewer NAME</code>)</label>
  <input id="token" type="password" autocomplete="off" placeholder="vr_…" required>
  <button>Read</button>
</form>
<p id="stale" role="alert" hidden></p>
<main>
  <aside aria-label="Sites; arrow keys go from one to the next"><ul id="sites"></ul></aside>
  <section id="site" aria-live="off">
    <p class="empty">Asking the collector.</p>
  </section>
</main>
<noscript><p class="empty">This page needs JavaScript. The same is at <a href="/api/v1/sites">/api/v1/sites</a>.</p></noscript>
<!--script-->
</body>
</html>
`
