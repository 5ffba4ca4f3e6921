/**
 * The part of the page's script for what is taken away from it: reports of a month or a time, the
 * bundle, and the times that are pinned. Plain JavaScript for the browser.
 */
export const PAGE_PAPERS = `
const PAPERS_EVERY_MS=60000,DAY_MS=86400000;
const papers={site:'',box:null,parts:null,atMs:0};
const minuteText=(ms)=>new Date(ms).toISOString().slice(0,16);

function paperBox(site){
  if(papers.site===site)return papers.box;
  const to=Math.floor(Date.now()/900000)*900000;
  const time=(name,ms)=>el('input',{type:'datetime-local',name,value:minuteText(ms),'aria-label':name+', UTC'});
  const parts={months:el('ul',{class:'months'}),pins:el('ul',{class:'pins'}),told:el('p',{role:'status'}),
    from:time('from',to-DAY_MS),to:time('to',to),ref:el('input',{name:'outage',placeholder:'outage, by its case number','aria-label':'outage, by its case number'})};
  const button=(text,on)=>el('button',{type:'button',on},text);
  const box=el('details',{class:'papers'},el('summary',{},'Reports, bundle, pins'),
    el('p',{class:'quiet'},'Rendered from a bundle that is cut when you ask; a month takes a minute or more. Verified here under the keys of this collector: who does not trust it verifies the bundle himself.'),
    el('h3',{},'Monthly reports (UTC)'),parts.months,
    el('h3',{},'Of a time (UTC)'),
    el('div',{class:'ask'},parts.from,'to',parts.to,
      button('Readiness',()=>timePaper('reports/readiness','html')),button('Readiness PDF',()=>timePaper('reports/readiness','pdf')),
      button('Bundle',()=>timePaper('bundle'))),
    el('div',{class:'ask'},parts.ref,
      button('Eligibility',()=>timePaper('reports/eligibility','html')),button('Eligibility PDF',()=>timePaper('reports/eligibility','pdf')),
      el('span',{class:'quiet'},'of an outage in that time')),
    parts.told,el('h3',{},'Pinned times'),parts.pins);
  box.addEventListener('toggle',()=>{if(box.open)lookPapers().catch(()=>{})});
  Object.assign(papers,{site,box,parts,atMs:0});
  return box;
}
const papersPath=()=>'/api/v1/sites/'+encodeURIComponent(papers.site)+'/';
function timePaper(what,format){
  const {from,to,ref,told}=papers.parts,query=new URLSearchParams({from:from.value+':00Z',to:to.value+':00Z'});
  if(!from.value||!to.value||from.value>=to.value){told.textContent='Wanted: a time from before to.';return}
  if(format)query.set('format',format);
  if(what==='reports/eligibility'){
    if(!ref.value.trim()){told.textContent='Wanted: what both parties call the outage.';return}
    query.set('outageRef',ref.value.trim());
  }
  told.textContent='';
  getPaper(papersPath()+what+'?'+query);
}
function paperLink(text,path){
  const link=el('a',{href:path,target:'_blank',rel:'noopener'},text);
  link.addEventListener('click',(event)=>{if(sessionStorage.getItem('token')){event.preventDefault();getPaper(path)}});
  return link;
}
/* A token cannot go with a link: then the file is fetched, and handed over as a download. */
async function getPaper(path){
  const token=sessionStorage.getItem('token'),{told}=papers.parts;
  if(!token){window.open(path,'_blank','noopener');return}
  told.textContent='Being made \\u2026';
  const answer=await fetch(path,{headers:{authorization:'Bearer '+token}}).catch(()=>null);
  if(!answer||!answer.ok){
    const body=answer?await answer.json().catch(()=>({})):{title:'The collector does not answer'};
    told.textContent=body.title+(body.detail?': '+body.detail:'')+(body.repair?'. '+body.repair:'');
    return;
  }
  const name=/filename="([^"]+)"/.exec(answer.headers.get('content-disposition')||'');
  const url=URL.createObjectURL(await answer.blob());
  el('a',{href:url,download:name?name[1]:'report'}).click();
  setTimeout(()=>URL.revokeObjectURL(url),60000);
  told.textContent=(name?name[1]:'The file')+' was handed to the browser.';
}
function monthItem({month,over}){
  const path=papersPath()+'reports/monthly?month='+month;
  return el('li',{},el('b',{},month),over?' ':' so far ',paperLink('Report',path),' \\u00b7 ',paperLink('PDF',path+'&format=pdf'));
}
function rowsText(rows){
  if(!rows)return 'its raw rows could not be looked at';
  const gone=rows.absent.map((one)=>one.windows+' not to be had ('+one.cause+')');
  return 'raw rows of '+rows.windows+(rows.windows===1?' window: ':' windows: ')+[rows.kept+' kept',rows.waiting+' on their way',...gone].join(', ')+(rows.truncated?' (of more records than are looked through)':'');
}
function pinItem(pin,rows){
  const who=pin.by.replace(/^[a-z]+:/,'');
  return el('li',{class:pin.releasedAt?'quiet':''},el('b',{},utc(pin.from)+' \\u2013 '+utc(pin.to)),' '+pin.why+' ',
    el('span',{class:'quiet'},'pinned by '+who+', '+utc(pin.enteredAt)+(pin.releasedAt?'; released '+utc(pin.releasedAt):'; '+rowsText(rows))));
}
async function lookPapers(){
  const {site,box,parts,atMs}=papers;
  if(!box||!box.open||Date.now()-atMs<PAPERS_EVERY_MS)return;
  papers.atMs=Date.now();
  const path=papersPath(),[months,pins]=await Promise.all([ask(path+'reports').catch(()=>({months:[]})),ask(path+'pins')]);
  const shown=pins.pins.reverse().slice(0,10);
  const rows=await Promise.all(shown.map((pin)=>pin.releasedAt?null:ask(path+'pins/'+pin.id+'/rows').then((found)=>found.rows,()=>null)));
  if(site!==papers.site)return;
  fill(parts.months,...months.months.map(monthItem));
  if(!months.months.length)fill(parts.months,el('li',{class:'quiet'},'No record of this site is kept.'));
  fill(parts.pins,...shown.map((pin,n)=>pinItem(pin,rows[n])));
  if(!shown.length)fill(parts.pins,el('li',{class:'quiet'},'None: records are removed when they are old enough.'));
  else if(pins.pins.length>shown.length)parts.pins.append(el('li',{class:'quiet'},'and '+(pins.pins.length-shown.length)+' older ones'));
}
`
