/**
 * The part of the page's script for runs on demand: what the site's plan allows, buttons for who may
 * press them, how a run goes, and what it found. Plain JavaScript for the browser.
 */
export const PAGE_RUNS = `
const RUN_KINDS={check:'Check everything',ports:'Ports',path:'Path',media:'Voice',capacity:'Capacity',qos:'Priority under load'};
const RUN_STATES={asked:'waits for its agent',taken:'was taken by its agent',running:'is under way'};
const LOAD_KINDS=['media','capacity','qos'],OVER=['done','failed','refused','expired','cancelled'];
const runs={site:'',box:null,parts:null,source:null,watched:'',plan:null,shown:''};

function runBox(site,role){
  if(runs.site===site&&runs.role===role)return runs.box;
  if(runs.source)runs.source.close();
  const parts={allowed:el('p',{class:'quiet'}),buttons:el('div',{class:'choice kinds'}),progress:el('p',{role:'status'}),found:el('div',{}),list:el('ul',{}),
    calls:el('input',{type:'number',min:1,max:10000,placeholder:'usual','aria-label':'calls'}),
    seconds:el('input',{type:'number',min:2,max:600,placeholder:'usual','aria-label':'seconds'})};
  const may=role==='admin';
  const box=el('details',{class:'runs'},el('summary',{},'Run now'),parts.allowed,
    may?el('div',{class:'ask'},parts.buttons,el('label',{class:'quiet'},parts.calls,' calls'),el('label',{class:'quiet'},parts.seconds,' seconds')):el('p',{class:'quiet'},'Administrators who are signed in can ask for runs here.'),
    parts.progress,parts.found,parts.list);
  Object.assign(runs,{site,role,box,parts,source:null,watched:'',shown:'',plan:null});
  return box;
}
/* What the collector and the agent both ask of the plan: shared/plan/consent.ts. */
function consentOf(plan){return plan?plan.caps.consent:['check','ports','path']}
function drawConsent(plan){
  const allowed=consentOf(plan),{windows}=plan?plan.schedule:{};
  runs.parts.allowed.textContent=(plan?'The plan of this site allows: ':'This site has no plan, so only these may be: ')+(allowed.join(', ')||'no run')
    +(plan?'; at most '+plan.caps.maxCalls+' calls and '+plan.caps.maxKbitPerSecond+' kbit/s':'')
    +(windows?'; load only '+windows.map((w)=>w.from+'\\u2013'+w.to).join(', ')+' UTC':'')+'.';
  const busy=runs.watched!==''&&!OVER.includes(runs.state);
  fill(runs.parts.buttons,...Object.entries(RUN_KINDS).map(([kind,text])=>{
    const button=el('button',{type:'button',on:()=>askRun(kind)},text);
    button.disabled=busy||!allowed.includes(kind);
    button.title=allowed.includes(kind)?(busy?'a run is under way':''):'the plan of this site does not allow it (caps.consent)';
    return button;
  }));
}
function sendingHeaders(){
  const token=sessionStorage.getItem('token');
  return token?{authorization:'Bearer '+token}:{'x-csrf-token':state.csrf||''};
}
async function askRun(kind){
  const number=(input)=>input.value?Number(input.value):undefined;
  const asked={kind,calls:number(runs.parts.calls),seconds:number(runs.parts.seconds)};
  if(LOAD_KINDS.includes(kind)&&!confirm('This run loads the line of '+runs.site+'. What is measured meanwhile decides nothing. Run it?'))return;
  const answer=await fetch(runsPath(),{method:'POST',headers:{'content-type':'application/json',...sendingHeaders()},body:JSON.stringify(asked)}).catch(()=>null);
  const body=answer?await answer.json().catch(()=>({})):{title:'The collector does not answer'};
  if(!answer||!answer.ok){runs.parts.progress.textContent=body.title+(body.detail?': '+body.detail:'')+(body.repair?'. '+body.repair:'');return}
  watchRun(body.id,kind);
  await lookRuns();
}
async function cancelRun(id){
  await fetch(runsPath()+'/'+id,{method:'DELETE',headers:sendingHeaders()}).catch(()=>null);
  await lookRuns();
}
const runsPath=()=>'/api/v1/sites/'+encodeURIComponent(runs.site)+'/runs';
function watchRun(id,kind){
  if(runs.source)runs.source.close();
  Object.assign(runs,{watched:id,state:'asked',shown:''});
  runs.parts.found.replaceChildren();
  tellRun(kind,'asked for');
  // A token cannot go with a stream of events: then the list alone tells, every few seconds.
  if(sessionStorage.getItem('token'))return;
  const source=new EventSource(runsPath()+'/'+id+'/events');
  source.onmessage=(event)=>{
    const told=JSON.parse(event.data);
    tellRun(kind,told.type==='progress'?told.text:told.type);
  };
  source.addEventListener('state',()=>{source.close();lookRuns()});
  runs.source=source;
}
function tellRun(kind,text){
  const id=runs.watched;
  fill(runs.parts.progress,el('b',{},RUN_KINDS[kind]+': '),text+' ',
    runs.role==='admin'&&!OVER.includes(runs.state)?el('button',{type:'button',on:()=>cancelRun(id)},'Cancel'):'');
}
async function lookRuns(){
  const path='/api/v1/sites/'+encodeURIComponent(runs.site),site=runs.site;
  const [held,list]=await Promise.all([ask(path+'/plan').catch(()=>null),ask(path+'/runs')]);
  if(site!==runs.site)return;
  const open=list.runs.find((run)=>!OVER.includes(run.state));
  if(open&&open.id!==runs.watched)watchRun(open.id,open.ask.kind);
  const mine=list.runs.find((run)=>run.id===runs.watched);
  if(mine)runs.state=mine.state;
  drawConsent(held&&held.plan);
  fill(runs.parts.list,...list.runs.slice(0,5).map((run)=>el('li',{},utc(run.askedAt)+' ',el('b',{},RUN_KINDS[run.ask.kind]),' '+(RUN_STATES[run.state]||run.state)+(run.why?': '+run.why:'')+' ',
    el('span',{class:'quiet'},'asked by '+run.by.replace(/^[a-z]+:/,'')),' ',
    OVER.includes(run.state)?el('button',{type:'button',on:()=>showRun(run.id)},'Findings'):'')));
  if(mine&&OVER.includes(mine.state)&&runs.shown!==mine.id)await showRun(mine.id);
}
async function showRun(id){
  const run=await ask(runsPath()+'/'+id),kind=run.ask.kind;
  Object.assign(runs,{watched:id,state:run.state,shown:id});
  tellRun(kind,run.state+(run.why?': '+run.why:''));
  const word=run.judged&&run.judged.overall;
  const looked=run.judged?run.judged.findings.filter((f)=>f.verdict!=='not-tested'):[];
  fill(runs.parts.found,
    /* A word for the whole site would not be one of a few lines. */
    word?el('p',{class:TONES[word]},el('span',{class:'pill'},run.judged.onlyLines?TONES[word]:word),' '+(run.judged.onlyLines?'in '+run.judged.onlyLines.join(', ')+' alone':'in every line of the profile')+', by what this run saw.'):
      el('p',{class:'quiet'},run.result?'This collector cannot judge it; the agent\\u2019s word: '+run.result.overall:'It brought no findings.'),
    run.result&&run.result.summary?el('p',{},run.result.summary):'',
    looked.length?table(looked):'');
}
`
