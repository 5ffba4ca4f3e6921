/** The part of the page's script that asks the API, again and again, and keeps what is chosen. */
export const PAGE_SCRIPT = `
const EVERY_MS=5000,HISTORY_EVERY_MS=60000;
const state={site:decodeURIComponent(location.hash.slice(1)),view:'window',csrf:null,role:'',timer:0,conflicts:[],shown:'',readAt:'',history:{site:'',atMs:0,width:0,box:null}};
const at=(id)=>document.getElementById(id);

async function ask(path){
  const token=sessionStorage.getItem('token');
  const answer=await fetch(path,{headers:token?{authorization:'Bearer '+token}:{},cache:'no-store'});
  if(answer.status===401||answer.status===403){const error=new Error('a token is needed');error.access=true;throw error}
  if(!answer.ok){
    const body=await answer.json().catch(()=>({})),error=new Error((body.title||'HTTP '+answer.status)+(body.detail?': '+body.detail:''));
    /* Asked by a name that it does not know as its own: who signs in may read. */
    if(answer.status===421){error.access=true;error.why=error.message+'. To mend it: '+body.repair}
    throw error;
  }
  return answer.json();
}
function word(site){return site.last===null?'NEVER HEARD':site.cause==='far-ends-silent'?'FAR ENDS SILENT':site.cause==='revoked'?'KEY TAKEN BACK':site.silent?'SILENT':site.judged===false?'NOT JUDGED YET':site.overall}
function newest(site){return site.last===null?'no record ever came':age(site.last.ageSeconds)+' old'}
function drawSites({sites,counts,next}){
  /* One stop for the keyboard, however many sites there are: arrows go from one to the next. */
  fill(at('sites'),...sites.map((site)=>el('li',{class:TONES[site.overall]},
    el('button',{'data-key':site.site,'aria-current':String(site.site===state.site),tabindex:site.site===state.site?0:-1,on:()=>choose(site.site)},
      el('b',{},site.site),el('small',{},word(site)+' \\u00b7 '+newest(site))))));
  /* Once for each choice: whoever scrolls on is not called back. */
  const chosen=document.querySelector('#sites [aria-current=true]');
  if(chosen&&state.shown!==state.site)chosen.scrollIntoView({block:'nearest',inline:'nearest'});
  state.shown=state.site;
  at('fleet').textContent=counts.sites+(counts.sites===1?' site: ':' sites: ')+counts.ready+' ready, '+counts.notReady+' not ready, '+counts.cannotSay+' cannot say'+(counts.notJudgedYet?' ('+counts.notJudgedYet+' not judged yet)':'')+(next?' ('+sites.length+' are shown, those not ready first)':'');
}
const ARROWS={ArrowDown:1,ArrowRight:1,ArrowUp:-1,ArrowLeft:-1};
at('sites').addEventListener('keydown',(event)=>{
  const rows=[...at('sites').querySelectorAll('button')],here=rows.indexOf(document.activeElement);
  const to={Home:0,End:rows.length-1}[event.key]??here+(ARROWS[event.key]||0);
  if(here<0||to===here||!rows[to])return;
  event.preventDefault();
  rows[to].focus();
});
function lifeOf(agent){
  if(agent.revoked)return 'key taken back';
  if(agent.up)return 'up';
  return (agent.lastRecordAt?'silent since '+utc(agent.lastRecordAt):'never heard')+(agent.alive?', but alive: asked for work at '+utc(agent.alive.at):'');
}
function facts(site,judged){
  const {period}=judged;
  const missing=site.agents.reduce((sum,agent)=>sum+agent.recordsMissing,0);
  const pairs=[
    ['Judged',(period.kind==='window'?'minute ':'quarter hour ')+utc(period.from)+' \\u2013 '+clock(period.to)+(period.complete?'':' (still running)')],
    ['Records',period.records+(period.leftOut?', '+period.leftOut+' left out':'')],
    ['Newest data',newest(site)],
    ['Beside voice',judged.checks?judged.checks.kinds.join(', ')+' '+clock(judged.checks.startedAt)+(judged.checks.complete?'':' (parts missing)'):'not looked at'],
    ['Profile',site.profile?site.profile.id+' '+site.profile.version:'named by no record'],
    ['Agent',site.agents.map((agent)=>agent.agent+' ('+lifeOf(agent)+')').join(', ')||'none enrolled'],
  ];
  if(missing>0)pairs.push(['Missing',missing+(missing===1?' record':' records')]);
  return el('dl',{},...pairs.map(([name,text])=>el('div',{},el('dt',{},name),el('dd',{},text))));
}
function chooser(){
  const button=(view,text)=>el('button',{type:'button','aria-pressed':String(state.view===view),on:()=>{state.view=view;refresh()}},text);
  return el('div',{class:'choice'},button('window','newest minute'),button('interval','quarter hour'));
}
/* Somebody was shown another log than this collector's: nobody may miss that. */
const FORKS={two_roots:'holds two signed heads of one size',unproven:'was not shown that the log continues',rolled_back:'was shown a shorter log',other_root:'saw another log of that size',beyond:'saw more of the log than there is',unknown_log:'saw a log that is not here'};
function forkNotes(name){
  return state.conflicts.filter((one)=>one.site===name).map((one)=>el('p',{class:'note',role:'alert'},
    'Evidence: '+one.agent+' '+FORKS[one.what.replace('-','_')]+' ('+one.size+' leaves, since '+utc(one.since)+'). The ledger was rewritten, put back, or is shown in two forms: voip-ready agent ledger on its host has the proof.'));
}
/* A far end of which nothing came while the agent delivers: its lines alone would stand among those not tested. */
function unseenNotes(findings){
  const ends=[...new Set(findings.filter((f)=>f.reason==='no-data'||f.reason==='no-reply').map((f)=>f.farEnd))];
  return ends.filter((end)=>end!=='none'&&!findings.some((f)=>f.farEnd===end&&f.value!==null)).map((end)=>el('p',{class:'note'},
    'Nothing came back from '+end+' in this time, while the agent delivers. Check that its reflector runs, its key, and that UDP passes both ways.'));
}
/* What an agent says before any record can: a sign of life, no evidence. */
function lifeNotes(site){
  return site.agents.filter((agent)=>agent.alive&&agent.alive.silent.length).map((agent)=>{
    const {heard,silent}=agent.alive,ends=silent.map((one)=>one.farEnd).join(' and '),since=silent.map((one)=>one.since).sort()[0];
    return el('p',{class:'note',role:'alert'},'Nothing comes from '+ends+' since '+utc(since)+', says the agent '+agent.agent+', which is alive and goes on measuring. '
      +(heard===0?'Each minute waits up to 4 minutes for their word before it is recorded, so the newest one below may be older. ':'')
      +'Check the reflector, its key, and that UDP passes both ways.');
  });
}
/* What the plan says that verdicts do not: an agent goes by another one, or the parties leave this time out. */
function planNotes(plan){
  if(!plan)return [];
  const refused=plan.agents.filter((one)=>one.why!=='').map((one)=>el('p',{class:'note'},one.agent+' refused version '+one.version+' of the plan and '
    +(one.applied?'still measures by version '+one.applied:'measures nothing by it')+': '+one.why));
  const now=new Date().toISOString();
  const open=plan.maintenance.map((one)=>el('p',{class:'note quiet'},(one.from<=now?'Maintenance until '+utc(one.to):'Maintenance from '+utc(one.from)+' to '+utc(one.to))+': '+one.why
    +'. Verdicts here are as measured; eligibility leaves out the quarter hours that it touches, if it was entered before it began.'));
  return [...refused,...open];
}
/* What the newest minute showed is not how it is: a silence has begun since. */
function isPast(site){
  const begun=(agent)=>agent.alive&&agent.alive.silent.some((one)=>one.since>site.last.from);
  return site.last!==null&&(site.silent||site.cause==='far-ends-silent'&&site.agents.some(begun));
}
function drawSite(site,judged){
  const overall=site.cause!==null&&judged.period.kind==='window'?site.overall:judged.overall;
  const open=at('untested')?at('untested').open:false;
  const looked=judged.findings.filter((f)=>f.verdict!=='not-tested');
  const not=judged.findings.filter((f)=>f.verdict==='not-tested');
  const parts=[el('div',{class:'head '+TONES[overall]},
    el('h2',{},site.site),el('span',{class:'word'},overall),site.cause!==null||word(site)!==site.overall?el('b',{class:'now'},word(site)):'',chooser(),facts(site,judged)),...forkNotes(site.site)];
  if(site.last===null)parts.push(el('p',{class:'note'},site.cause==='never-enrolled'?'This site has a plan, and no agent has enrolled for it. Where the collector runs: voip-ready collector enrol create --site '+site.site+'; it prints the line for the agent.':'An agent enrolled for this site, and no record ever came. Check that it runs and reaches this collector.'));
  else if(site.silent)parts.push(el('p',{class:'note'},'Silent: the newest record is of '+age(site.last.ageSeconds)+' ago. Below is what was last seen ('+site.last.overall+' then). '+(site.agents.some((agent)=>agent.up)?'Its agent delivers, but minutes that are past: it brings what had to wait, or its clock is behind.':site.agents.some((agent)=>agent.alive)?'Its agent is alive and asks for work, so records are not kept or not taken: the agent\\u2019s log says why (a full disk, a refusal).':site.agents.every((agent)=>agent.revoked)?'The key (or token) of its agent was taken back, so nothing more is taken from it. To go on measuring here, enrol an agent anew.':'Check that the agent runs and reaches this collector.')));
  if(!judged.profile.known&&judged.profile.sha256)parts.push(el('p',{class:'note'},'This collector does not hold the profile that the records name, so it cannot judge them. Start it with --profile naming that file. SHA-256 '+judged.profile.sha256));
  const told=lifeNotes(site);
  parts.push(...told,...planNotes(site.plan));
  if(!site.silent&&!told.length)parts.push(...unseenNotes(judged.findings));
  if(judged.period.records===0)parts.push(el('p',{class:'note'},'No record covers this time.'));
  parts.push(paperBox(site.site),runBox(site.site,state.role));
  const past=judged.period.kind==='window'&&isPast(site);
  if(past&&looked.length)parts.push(el('h3',{class:'was'},'As it was at '+utc(site.last.to)+', '+age(site.last.ageSeconds)+' ago'));
  if(looked.length)parts.push(el('div',{class:past?'past':''},table(looked)));
  if(state.history.site===site.site)parts.push(state.history.box);
  if(not.length)parts.push(untested(not,open));
  parts.push(el('footer',{},'Values are held against the limit with their whole error: where the limit lies inside it, the verdict is inconclusive.'+(judged.profile.sha256?' Profile SHA-256 '+judged.profile.sha256:'')));
  fill(at('site'),...parts);
}
async function lookBack(path){
  const {site,atMs,width,box}=state.history,now=Date.now(),wide=at('site').clientWidth;
  if(site===state.site&&now-atMs<HISTORY_EVERY_MS&&width===wide)return;
  const asked=state.site,from='?from='+new Date(now-7*86400000).toISOString();
  const [timeline,found]=await Promise.all([ask(path+'/timeline'+from),ask(path+'/findings'+from)]);
  state.history={site:asked,atMs:now,width:wide,box:historyBox(timeline,found,wide,box?box.open:true)};
}
function choose(name){state.site=name;location.hash=encodeURIComponent(name);refresh()}
/* The worst first; of more sites than are shown at once, those that are not ready always. */
const RANKS={'NOT READY':0,'CANNOT SAY':1,READY:2};
async function lookAtFleet(){
  const fleet=await ask('/api/v1/sites');
  const red=fleet.next===null?[]:(await ask('/api/v1/sites?overall=NOT%20READY')).sites;
  const names=new Set(fleet.sites.map((one)=>one.site));
  const sites=[...red.filter((one)=>!names.has(one.site)),...fleet.sites];
  return {...fleet,sites:sites.sort((a,b)=>RANKS[a.overall]-RANKS[b.overall]||(a.site<b.site?-1:1))};
}
async function draw(){
  const fleet=await lookAtFleet(),{sites}=fleet;
  if(!sites.some((site)=>site.site===state.site))state.site=sites.length?sites[0].site:'';
  drawSites(fleet);
  if(state.site===''){drawNoSite();return}
  const path='/api/v1/sites/'+encodeURIComponent(state.site);
  const site=await ask(path);
  await lookBack(path);
  state.conflicts=(await ask('/api/v1/ledger').catch(()=>({conflicts:[]}))).conflicts;
  drawSite(site,state.view==='window'?site.window:await ask(path+'/findings'));
  await lookRuns();
  await lookPapers();
}
/* Verdicts and ages that stand still must not look like those of now. */
function tellStale(error){
  const old=error!==null&&state.readAt!=='';
  const text=old?(error.access?'You are not signed in any more':'The collector cannot be read ('+error.message+')')+'. What stands here is as of '+state.readAt+', and is not brought up to date.':'';
  document.querySelector('main').classList.toggle('stale',old);
  at('stale').hidden=!old;
  if(at('stale').textContent!==text)at('stale').textContent=text;
}
async function refresh(){
  clearTimeout(state.timer);
  try{
    /* What is being selected to be copied must not be drawn anew beneath the hand. */
    const held=String(getSelection())!==''&&state.readAt!=='';
    if(!held){await draw();state.readAt=new Date().toISOString().slice(11,19)+' UTC'}
    at('access').hidden=at('bearer').hidden=true;
    at('link').textContent=held?'as of '+state.readAt+': not drawn anew while text is selected':'updated '+state.readAt;
    tellStale(null);
  }catch(error){
    at('access').hidden=at('bearer').hidden=!error.access;
    at('link').textContent=error.access?'':'cannot read: '+error.message;
    if(state.readAt==='')at('site').replaceChildren(el('p',{class:'empty'},error.access?error.why||'Sites are shown here to those who have signed in.':'The collector cannot be read yet: '+error.message+'. It is asked again every few seconds.'));
    tellStale(error);
  }
  clearTimeout(state.timer);
  state.timer=setTimeout(refresh,EVERY_MS);
}
at('access').addEventListener('submit',async(event)=>{
  event.preventDefault();
  sessionStorage.removeItem('token');
  const body=JSON.stringify({name:at('name').value.trim(),password:at('password').value});
  const answer=await fetch('/api/v1/session',{method:'POST',headers:{'content-type':'application/json'},body}).catch(()=>null);
  const wait=answer&&answer.headers.get('retry-after');
  at('password').value='';
  at('refused').textContent=answer&&answer.ok?'':answer&&answer.status===429?'Too many attempts: try again in '+Math.ceil(wait/60)+' minutes.':answer&&answer.status===401?'Name or password is wrong.':'The collector does not answer.';
  if(answer&&answer.ok)whoAmI();
  refresh();
});
at('bearer').addEventListener('submit',(event)=>{
  event.preventDefault();
  sessionStorage.setItem('token',at('token').value.trim());
  refresh();
});
async function whoAmI(){
  const me=await ask('/api/v1/session').catch(()=>null);
  state.csrf=me?me.csrf:null;
  state.role=me?me.role:'';
  at('leave').hidden=!state.csrf;
  if(state.csrf)at('leave').title='signed in as '+me.name.replace('user:','');
}
at('leave').addEventListener('click',async()=>{
  await fetch('/api/v1/session',{method:'DELETE',headers:{'x-csrf-token':state.csrf}});
  location.reload();
});
whoAmI();
refresh();
`
