/** Verdicts are always written out as well: colour alone tells nothing. */
export const REPORT_STYLE = `
:root{--ink:#17202a;--quiet:#5b6773;--line:#d5dbe1;--page:#fff;--card:#f5f7f9;
--pass:#146c43;--pass-bg:#dff3e7;--fail:#b3261e;--fail-bg:#fce4e2;--inconclusive:#855500;--inconclusive-bg:#fdefcf;
--not-tested:#5b6773;--not-tested-bg:#e8ecf0;--out:#1f5fbf;--back:#9a4fb0;--gap:#d5dbe1;--shade:#e9eef7;--busy:#f6ecd2}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaee;--quiet:#a3aeb9;--line:#37424d;--page:#11161b;--card:#191f26;
--pass:#6fd39b;--pass-bg:#143524;--fail:#ff958c;--fail-bg:#44201d;--inconclusive:#f0c05c;--inconclusive-bg:#3d2f0f;
--not-tested:#a3aeb9;--not-tested-bg:#262e36;--out:#7fb0ff;--back:#d79be8;--gap:#37424d;--shade:#1e2836;--busy:#332d1c}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:64rem;background:var(--page);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
h1{margin:0;font-size:1.6rem}
h2{margin:2rem 0 .5rem;padding-bottom:.2rem;border-bottom:1px solid var(--line);font-size:1.15rem;break-after:avoid}
p{margin:.4rem 0}
.kind,.subtitle{margin:0;color:var(--quiet)}
.headline{margin:1rem 0;padding:.9rem 1.1rem;border-left:8px solid var(--tone,var(--line));background:var(--tone-bg,var(--card));break-inside:avoid}
.headline .word{margin:0 0 .3rem;font-size:1.7rem;font-weight:700;color:var(--tone)}
.headline p:last-child{font-weight:600}
dl{margin:0}
dl div{display:grid;grid-template-columns:11rem 1fr;gap:0 1rem;padding:.2rem 0;border-bottom:1px solid var(--line);break-inside:avoid}
dt{color:var(--quiet)}dd{margin:0}
pre{padding:.7rem 1rem;background:var(--card);border:1px solid var(--line);white-space:pre-wrap;font:.85rem/1.5 ui-monospace,SFMono-Regular,Menlo,monospace}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,monospace}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;min-width:58rem;table-layout:fixed;font-size:.85rem}
caption{padding:.3rem 0;text-align:left;color:var(--quiet)}
th,td{padding:.4rem .5rem;text-align:left;vertical-align:top;border-top:1px solid var(--line);font-weight:400}
thead th{color:var(--quiet);font-size:.8rem}
tbody th{font-weight:600}
tr{break-inside:avoid}
time{white-space:nowrap}
small{display:block;color:var(--quiet);font-size:.78rem;font-weight:400}
.pill{display:inline-block;padding:.05rem .4rem;border-radius:4px;font-size:.78rem;color:var(--tone);background:var(--tone-bg);overflow-wrap:normal;white-space:nowrap}
.pill.long{white-space:normal}
.pass{--tone:var(--pass);--tone-bg:var(--pass-bg)}.fail{--tone:var(--fail);--tone-bg:var(--fail-bg)}
.inconclusive{--tone:var(--inconclusive);--tone-bg:var(--inconclusive-bg)}.not-tested{--tone:var(--not-tested);--tone-bg:var(--not-tested-bg)}
p.pass,p.fail,p.inconclusive,p.not-tested{color:var(--tone);font-weight:600}
figure{margin:.6rem 0;break-inside:avoid}
figure svg{display:block;width:100%;height:auto;font-family:inherit}
figcaption{color:var(--quiet);font-size:.8rem}
footer{margin-top:2rem;padding-top:.5rem;border-top:1px solid var(--line);color:var(--quiet);font-size:.8rem}
@media (max-width:40rem){dl div{grid-template-columns:1fr}}
@media print{@page{size:A4;margin:14mm}
:root{--ink:#17202a;--quiet:#4b5661;--line:#c5ccd3;--page:#fff;--card:#f5f7f9;--pass:#146c43;--pass-bg:#dff3e7;--fail:#b3261e;--fail-bg:#fce4e2;
--inconclusive:#855500;--inconclusive-bg:#fdefcf;--not-tested:#4b5661;--not-tested-bg:#e8ecf0;--out:#1f5fbf;--back:#9a4fb0;--gap:#d5dbe1;--shade:#e9eef7;--busy:#f6ecd2}
body{max-width:none;padding:0;font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.scroll{overflow:visible}table{min-width:0}thead{display:table-header-group}}
`
