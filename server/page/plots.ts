/**
 * The part of the page's script that draws a site's last seven days: both legs to both far ends against
 * their limits, gaps as gaps, and what every line came to. Plain JavaScript for the browser.
 */
export const PAGE_PLOTS = `
const PLOT_H=78,PLOT_LEFT=104,PLOT_RIGHT=10,STRIP_H=13,DAY_W=46;
const PLOTS=[['delayMs','Delay, p95','ms'],['jitterMs','Jitter, p95','ms'],['lossRatio','Loss','ratio']];
const STRIP={pass:[.3,'var(--pass)'],'not-tested':[.12,'var(--not-tested)'],inconclusive:[.65,'var(--inconclusive)'],fail:[1,'var(--fail)'],
READY:[.3,'var(--pass)'],'CANNOT SAY':[.65,'var(--inconclusive)'],'NOT READY':[1,'var(--fail)']};

function timeScale(t,W){
  const from=Date.parse(t.from),span=Date.parse(t.to)-from;
  return (ms)=>PLOT_LEFT+Math.max(0,Math.min(1,(ms-from)/span))*(W-PLOT_LEFT-PLOT_RIGHT);
}
function svgText(text,attributes){const node=svgEl('text',{'font-size':11,fill:'var(--quiet)',...attributes});node.textContent=text;return node}
function dayLines(svg,t,x,height,labels){
  const day=86400000,from=Date.parse(t.from),to=Date.parse(t.to);
  const last=x(to),every=Math.ceil(DAY_W/((last-x(from))*day/(to-from)));
  for(let at=Math.ceil(from/day)*day;at<to;at+=day){
    svg.append(svgEl('line',{x1:x(at),x2:x(at),y1:0,y2:height,stroke:'var(--line)'}));
    /* As many as there is room for, whole ones, and the same days at every drawing. */
    if(labels&&(at/day)%every===0&&x(at)+DAY_W<=last+PLOT_RIGHT)svg.append(svgText(new Date(at).toUTCString().slice(0,7).replace(',',''),{x:x(at)+3,y:height+12}));
  }
}
/* Each value holds for its whole step; where one is missing the line ends. */
function stepPath(values,edge,y){
  let path='';
  values.forEach((value,n)=>{
    if(value===null)return;
    const joins=n>0&&values[n-1]!==null;
    path+=(joins?'V':'M'+edge(n)+' ')+y(value)+'H'+edge(n+1);
  });
  return path;
}
function bandPath(low,high,edge,y){
  return high.map((top,n)=>top===null||low[n]===null||y(low[n])-y(top)<1?'':'M'+edge(n)+' '+y(top)+'H'+edge(n+1)+'V'+y(low[n])+'H'+edge(n)+'Z').join('');
}
function gapPaths(place,edge,stepSeconds){
  let whole='',part='';
  place.gapSeconds.forEach((gap,n)=>{
    if(!gap)return;
    if(gap>=stepSeconds)whole+='M'+edge(n)+' 0H'+edge(n+1)+'V'+PLOT_H+'H'+edge(n)+'Z';
    else part+='M'+edge(n)+' '+(PLOT_H-4)+'H'+edge(n+1)+'V'+PLOT_H+'H'+edge(n)+'Z';
  });
  return [whole,part];
}
function plot(t,place,spec,W,last){
  const [key,title,unit]=spec,limit=t.limits[key],x=timeScale(t,W),from=Date.parse(t.from);
  const edge=(n)=>x(from+n*t.stepSeconds*1000).toFixed(1);
  const seen=[...place.out[key],...place.back[key]].filter((value)=>value!==null);
  const most=Math.max(0,...seen),wanted=Math.max(most*1.08,(limit||0)*1.25)||1,top=limit?Math.min(wanted,limit*4):wanted;
  const y=(value)=>(PLOT_H-Math.min(1,value/top)*(PLOT_H-2)).toFixed(1);
  const svg=svgEl('svg',{width:W,height:PLOT_H+(last?16:4),role:'img','aria-label':title+' to the '+place.farEnd+' data centre, out and back'});
  dayLines(svg,t,x,PLOT_H,last);
  const [whole,part]=gapPaths(place,edge,t.stepSeconds);
  svg.append(svgEl('path',{d:whole,fill:'var(--gap)'}),svgEl('path',{d:part,fill:'var(--not-tested)',opacity:.6}));
  for(const leg of ['out','back']){
    if(key==='delayMs')svg.append(svgEl('path',{d:bandPath(place[leg].delayMsAtLeast,place[leg].delayMs,edge,y),fill:'var(--'+leg+')',opacity:.15}));
    svg.append(svgEl('path',{d:stepPath(place[leg][key],edge,y),fill:'none',stroke:'var(--'+leg+')','stroke-width':1.5,...(leg==='back'?{'stroke-dasharray':'4 2'}:{})}));
  }
  svg.append(svgEl('line',{x1:PLOT_LEFT,x2:W-PLOT_RIGHT,y1:PLOT_H,y2:PLOT_H,stroke:'var(--line)'}));
  svg.append(svgText(title,{x:0,y:12,fill:'var(--ink)'}),svgText((most>top?'> ':'')+amount(top,unit,null),{x:PLOT_LEFT+4,y:10}));
  if(limit!==null){
    svg.append(svgEl('line',{x1:PLOT_LEFT,x2:W-PLOT_RIGHT,y1:y(limit),y2:y(limit),stroke:'var(--fail)','stroke-width':1.2,'stroke-dasharray':'7 4'}));
    svg.append(svgText('limit '+amount(limit,unit,null),{x:PLOT_LEFT-6,y:Math.max(24,Number(y(limit))+4),'text-anchor':'end',fill:'var(--fail)'}));
  }
  return svg;
}
function valueAt(place,leg,n){
  const of=place[leg],v=of.verdicts,word={p:'pass',f:'fail',i:'inconclusive',n:'not tested'};
  if(of.delayMs[n]===null&&of.jitterMs[n]===null)return leg+' not seen';
  return LEGS[leg]+' delay '+amount(of.delayMs[n],'ms',null)+', jitter '+amount(of.jitterMs[n],'ms',null)+', loss '+amount(of.lossRatio[n],'ratio',null)
    +' ('+[['delay',v.delay],['jitter',v.jitter],['loss',v.loss],['mark',v.marking]].map(([name,letters])=>name+' '+(word[letters[n]]||'unknown')).join(', ')+')';
}
/* What was read last, by what was read: it stands where it was when all is drawn anew. */
const READ_AT={};
/* Pictures over one time, read at one point of it: by pointer, or by keyboard, which moves it; what is there is said. */
function timeReader(t,W,key,label,textAt,pictures){
  const hint='Point at a time, or go through it by arrow keys, to read its values.',from=Date.parse(t.from),step=t.stepSeconds*1000,last=t.points-1;
  const readout=el('p',{class:'readout','aria-live':'polite'},hint),x=timeScale(t,W);
  const face=el('div',{role:'slider',tabindex:0,'data-key':'read '+key,'aria-label':label,'aria-valuemin':0,'aria-valuemax':last},...pictures);
  const marks=pictures.map((svg)=>{
    const mark=svgEl('line',{class:'at',y1:0,y2:svg.getAttribute('height'),stroke:'var(--mark)',visibility:'hidden'});
    svg.append(mark);
    return mark;
  });
  const timeOf=(n)=>utc(new Date(from+n*step).toISOString());
  const kept=()=>Math.max(0,Math.min(last,READ_AT[key]===undefined?last:Math.floor((READ_AT[key]-from)/step)));
  const keep=(n)=>{
    READ_AT[key]=from+Math.max(0,Math.min(last,n))*step;
    face.setAttribute('aria-valuenow',kept());
    face.setAttribute('aria-valuetext',timeOf(kept()));
  };
  /* Nothing is said twice, whenever it is drawn. */
  const say=(n)=>{
    const text=n===null?hint:timeOf(n)+': '+textAt(n);
    if(readout.textContent!==text)readout.textContent=text;
    for(const mark of marks){
      mark.setAttribute('visibility',n===null?'hidden':'visible');
      if(n!==null)for(const side of ['x1','x2'])mark.setAttribute(side,x(from+(n+.5)*step).toFixed(1));
    }
  };
  const pointed=(event)=>{
    const n=Math.floor((event.clientX-face.getBoundingClientRect().left-PLOT_LEFT)/(W-PLOT_LEFT-PLOT_RIGHT)*t.points);
    return n<0||n>last?null:n;
  };
  face.addEventListener('pointermove',(event)=>say(pointed(event)));
  face.addEventListener('pointerdown',(event)=>{if(pointed(event)!==null)keep(pointed(event))});
  face.addEventListener('pointerleave',()=>say(document.activeElement===face?kept():null));
  face.addEventListener('focus',()=>{keep(kept());say(kept())});
  face.addEventListener('keydown',(event)=>{
    const day=Math.round(86400000/step),by={ArrowRight:1,ArrowUp:1,ArrowLeft:-1,ArrowDown:-1,PageUp:day,PageDown:-day,Home:-t.points,End:t.points}[event.key];
    if(by===undefined||event.ctrlKey||event.altKey||event.metaKey)return;
    event.preventDefault();
    keep(kept()+by);
    say(kept());
  });
  face.setAttribute('aria-valuenow',kept());
  face.setAttribute('aria-valuetext',timeOf(kept()));
  return [readout,face];
}
function placePlots(t,place,W){
  const name=place.farEnd+(place.segment?', as far as '+place.segment:'');
  const pictures=PLOTS.map((spec,n)=>plot(t,place,spec,W,n===PLOTS.length-1));
  const textAt=(n)=>valueAt(place,'out',n)+'; '+valueAt(place,'back',n);
  return el('div',{class:'plots'},el('h3',{},name),...timeReader(t,W,name,'Delay, jitter and loss over time, '+name,textAt,pictures));
}
function strip(t,name,runs,W){
  const x=timeScale(t,W),svg=svgEl('svg',{width:W,height:STRIP_H+4,role:'img','aria-label':name+' over time'});
  svg.append(svgText(name,{x:0,y:STRIP_H-2,fill:'var(--ink)'}));
  dayLines(svg,t,x,STRIP_H,false);
  const order=Object.keys(STRIP);
  for(const run of [...runs].sort((a,b)=>order.indexOf(a.word)-order.indexOf(b.word))){
    const [share,fill]=STRIP[run.word]||STRIP['not-tested'],from=Date.parse(run.from),to=Date.parse(run.to);
    const bar=svgEl('rect',{x:x(from),width:Math.max(1,x(to)-x(from)),y:STRIP_H*(1-share),height:STRIP_H*share,fill});
    const title=svgEl('title',{});
    title.textContent=utc(run.from)+' to '+utc(run.to)+': '+run.word+', '+run.why;
    bar.append(title);
    svg.append(bar);
  }
  return svg;
}
/* The worst of each line at a time, in words; those that pass by their names alone. */
function linesAt(named,ms){
  const order=Object.keys(STRIP),passed=[],told=[];
  for(const [id,runs] of named){
    const [worst]=runs.filter((run)=>Date.parse(run.from)<=ms&&ms<Date.parse(run.to)).sort((a,b)=>order.indexOf(b.word)-order.indexOf(a.word));
    if(!worst)told.push(id+' not judged');
    else if(worst.word==='pass')passed.push(id);
    else told.push(id+' '+worst.word+(worst.why?', '+worst.why:''));
  }
  return [...told,...(passed.length?['pass: '+passed.join(', ')]:[])].join('; ');
}
/* A line has a strip when it ever was more than not tested; of its legs and far ends the worst is on top. */
function strips(t,found,W){
  const lines=new Map();
  for(const run of found.intervals){
    const where=[run.leg==='none'?'':run.leg,run.farEnd==='none'?'':run.farEnd,run.segment].filter(Boolean).join(' ');
    const one={from:run.from,to:run.to,word:run.verdict,why:(where?where+': ':'')+(run.meaning||run.reason)};
    lines.set(run.id,[...(lines.get(run.id)||[]),one]);
  }
  const overall=found.overall.map((run)=>({from:run.from,to:run.to,word:run.overall,why:run.cause}));
  const shown=[...lines].filter(([,runs])=>runs.some((run)=>run.word!=='not-tested')).sort(([a],[b])=>a<b?-1:1);
  const named=[['whole site',overall],...shown],pictures=named.map(([id,runs])=>strip(t,id,runs,W));
  return el('div',{class:'plots'},el('h3',{},'Lines'),
    el('p',{class:'readout'},'Full height: fail or not ready. Two thirds: inconclusive. One third: pass. A thin line: not tested.'),
    ...timeReader(t,W,'lines','What every line came to over time',(n)=>linesAt(named,Date.parse(t.from)+n*t.stepSeconds*1000),pictures),
    found.truncated?el('p',{class:'readout'},'There were more changes than are shown here.'):'');
}
function historyBox(t,found,width,open){
  const W=Math.max(360,width-40);
  const none=t.places.length===0&&found.overall.length===0;
  const box=el('details',{class:'history'},el('summary',{},'The last seven days'),
    none?el('p',{class:'quiet'},'Nothing yet: a quarter hour shows here one and a half minutes after its end.'):
      el('p',{class:'legend'},el('span',{class:'key out'},'out \\u2192'),el('span',{class:'key back'},'\\u2190 back'),el('span',{class:'key limit'},'limit'),el('span',{class:'key gap'},'not seen'),
        el('span',{class:'quiet'},'quarter hours, UTC')),
    ...(none?[]:[...t.places.map((place)=>placePlots(t,place,W)),strips(t,found,W)]));
  box.open=open;
  return box;
}
`
