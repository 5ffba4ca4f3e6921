/** Verdicts are always written out as well: colour alone tells nothing. */
export const PAGE_STYLE = `
:root{--ink:#17202a;--quiet:#5b6773;--line:#dfe4e9;--page:#f5f7f9;--card:#fff;--link:#1f5fbf;
--pass:#146c43;--pass-bg:#dff3e7;--fail:#b3261e;--fail-bg:#fce4e2;--inconclusive:#855500;--inconclusive-bg:#fdefcf;
--not-tested:#5b6773;--not-tested-bg:#e8ecf0;--mark:#17202a;--out:#1f5fbf;--back:#9a4fb0;--gap:#dfe4e9}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaee;--quiet:#98a4b0;--line:#2b343d;--page:#11161b;--card:#191f26;--link:#7fb0ff;
--pass:#6fd39b;--pass-bg:#143524;--fail:#ff958c;--fail-bg:#44201d;--inconclusive:#f0c05c;--inconclusive-bg:#3d2f0f;
--not-tested:#98a4b0;--not-tested-bg:#262e36;--mark:#e6eaee;--out:#7fb0ff;--back:#d79be8;--gap:#2b343d}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
a{color:var(--link)}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,monospace}
.quiet{color:var(--quiet)}
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.3rem 1.4rem;padding:.8rem 1.5rem;background:var(--card);border-bottom:1px solid var(--line)}
header h1{display:flex;gap:.5rem;align-items:center;font-size:1.1rem;margin:0}
header h1 svg{color:var(--pass)}
header p{margin:0;font-size:.88rem}
header nav{display:flex;gap:1rem;margin-left:auto;font-size:.88rem}
#access,#bearer{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;margin:1rem 1.5rem;padding:1rem;background:var(--card);border:1px solid var(--line);border-radius:10px}
#refused{margin:0;flex-basis:100%;color:var(--fail)}
#access label,#bearer label{flex-basis:100%}
#access input,#bearer input{flex:1;max-width:36rem}
input,button,.choice button{font:inherit;padding:.35rem .7rem;border:1px solid var(--line);border-radius:7px;background:var(--page);color:inherit}
button{cursor:pointer}
main{display:grid;grid-template-columns:15rem minmax(0,1fr);gap:1.2rem;padding:1.2rem 1.5rem;max-width:100rem;margin:0 auto}
aside ul{list-style:none;margin:0;padding:3px;display:grid;gap:.4rem;max-height:85vh;overflow:auto}
aside button{display:block;width:100%;text-align:left;background:var(--card);border-left:4px solid var(--tone,var(--line));padding:.5rem .7rem}
aside button[aria-current=true]{outline:2px solid var(--link)}
aside b{display:block;overflow-wrap:anywhere}
aside small{color:var(--tone)}
section{min-width:0}
.empty{color:var(--quiet);padding:2.5rem;text-align:center;background:var(--card);border:1px dashed var(--line);border-radius:10px}
.start{padding:1.4rem 1.6rem;background:var(--card);border:1px dashed var(--line);border-radius:10px}
.start h2{margin:0;font-size:1.2rem}.start ol{padding-left:1.2rem}.start li p{margin:.9rem 0 .3rem}
.command{display:flex;gap:.5rem;align-items:flex-start}
.command pre{flex:1;min-width:0;margin:0;padding:.5rem .7rem;white-space:pre-wrap;overflow-wrap:anywhere;user-select:all;background:var(--page);border:1px solid var(--line);border-radius:7px}
.head{display:flex;flex-wrap:wrap;gap:.4rem 2rem;align-items:center;padding:1rem 1.2rem;background:var(--card);border:1px solid var(--line);border-left:6px solid var(--tone);border-radius:10px}
.head h2{margin:0;font-size:1.35rem}
.head .word{font-size:1.35rem;font-weight:700;color:var(--tone)}
.head dl{display:flex;flex-wrap:wrap;gap:.2rem 1.6rem;margin:0;flex-basis:100%;font-size:.88rem}
.head dt{color:var(--quiet);display:inline}.head dt:after{content:" "}
.head dd{margin:0;display:inline}
.choice{margin-left:auto;display:flex}
.choice button{border-radius:0;font-size:.85rem}
.choice button:first-child{border-radius:7px 0 0 7px}.choice button:last-child{border-radius:0 7px 7px 0;border-left:0}
.choice button[aria-pressed=true]{background:var(--link);border-color:var(--link);color:var(--card)}
.runs .ask{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;margin-top:.6rem}
.runs .kinds{margin-left:0;flex-wrap:wrap}.runs input{width:7rem}
.runs button:disabled{opacity:.45;cursor:not-allowed}
.runs ul{margin:.8rem 0 0;padding-left:1.1rem}.runs li button,.runs p button{padding:.05rem .5rem;font-size:.82rem}
.papers .ask{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;margin-top:.6rem}.papers .ask input[name=outage]{width:16rem}
.papers h3{margin:1rem 0 0;font-size:.9rem}.papers ul{margin:.4rem 0 0;padding-left:1.1rem}
.note{margin:.7rem 0 0;padding:.6rem 1rem;border-radius:8px;background:var(--inconclusive-bg);color:var(--inconclusive)}
#stale{position:sticky;top:0;z-index:1;margin:0;padding:.6rem 1.5rem;background:var(--inconclusive-bg);color:var(--inconclusive);font-weight:600}
main.stale{opacity:.55}
.was{margin:1.2rem 0 -.4rem;font-size:.95rem}.past{opacity:.6}
.scroll{overflow-x:auto;margin-top:1rem;background:var(--card);border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:.88rem}
th,td{padding:.5rem .6rem;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--quiet);font-weight:600;font-size:.8rem;white-space:nowrap}
tbody tr.first td{border-top-width:2px}
td.line{min-width:9rem}td.line b{font-variant-numeric:tabular-nums}
td.line small,td.why small{display:block;color:var(--quiet)}
td.num{font-variant-numeric:tabular-nums}td.num>span{white-space:nowrap}
td.num small{display:block;color:var(--quiet)}
td.why{min-width:13rem;max-width:34rem}
td svg{display:block;margin-top:.25rem}
.pill{display:inline-block;padding:.08rem .55rem;border-radius:99px;font-weight:600;font-size:.82rem;white-space:nowrap;color:var(--tone);background:var(--tone-bg)}
.pass{--tone:var(--pass);--tone-bg:var(--pass-bg)}.fail{--tone:var(--fail);--tone-bg:var(--fail-bg)}
.inconclusive{--tone:var(--inconclusive);--tone-bg:var(--inconclusive-bg)}.not-tested{--tone:var(--not-tested);--tone-bg:var(--not-tested-bg)}
.history{overflow-x:auto}
.history h3{margin:.6rem 0 0;font-size:.9rem}
.plots svg{display:block}
.readout,.legend{margin:.1rem 0 .3rem;font-size:.8rem;color:var(--quiet);min-height:1.2em}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem}
.key:before{content:"";display:inline-block;width:1.5rem;margin-right:.35rem;vertical-align:middle;border-top:2px solid var(--out)}
.key.back:before{border-top:2px dashed var(--back)}.key.limit:before{border-top:2px dashed var(--fail)}.key.gap:before{border-top:.7rem solid var(--gap)}
details{margin-top:1rem;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.7rem 1.2rem}
summary{cursor:pointer;font-weight:600}
details p{margin:.6rem 0 0;font-size:.9rem}
details li{font-size:.9rem}
footer{margin-top:1rem;font-size:.82rem;color:var(--quiet);overflow-wrap:anywhere}
main:has(.start){grid-template-columns:minmax(0,1fr);max-width:64rem}main:has(.start) aside{display:none}
@media (max-width:75rem){main{grid-template-columns:minmax(0,1fr);padding:1rem}aside{overflow-x:auto}aside ul{grid-auto-flow:column;grid-auto-columns:12rem}}
@media (max-width:60rem){thead{display:none}.scroll tr{display:flex;flex-wrap:wrap;gap:.2rem .9rem;padding:.6rem .7rem;border-top:1px solid var(--line)}
.scroll td,.scroll th{border:0;padding:0}.scroll td.why,.scroll td.line{flex:1 1 100%;min-width:0}.scroll td.line:empty{display:none}}
@media (max-width:40rem){aside ul{grid-auto-flow:row;grid-auto-columns:auto;max-height:16rem}}
`
