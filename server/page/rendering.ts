/**
 * The part of the page's script that turns answers of the API into elements. Plain JavaScript for the
 * browser; every text goes in as text (never as markup), whatever a record held.
 */
export const PAGE_RENDERING = `
const TONES={'READY':'pass','NOT READY':'fail','CANNOT SAY':'inconclusive'};
const FAR_ENDS={primary:'primary',secondary:'secondary',none:'\\u2013'};
const LEGS={out:'out \\u2192',back:'\\u2190 back',either:'either',none:'\\u2013'};

function el(tag,props,...children){
  const node=document.createElement(tag);
  for(const [key,value] of Object.entries(props||{})){
    if(key==='class')node.className=value;
    else if(key==='on')node.addEventListener('click',value);
    else node.setAttribute(key,value);
  }
  node.append(...children.filter((child)=>child!==null&&child!==''));
  return node;
}
/* What is drawn anew must not take the keyboard from whoever stands in it: he would begin at the top again. */
function fill(box,...parts){
  const stood=document.activeElement,mine=stood!==null&&stood!==box&&box.contains(stood);
  const keyOf=(node)=>node.tagName+' '+(node.dataset.key||node.getAttribute('href')||node.textContent);
  const alike=()=>[...box.querySelectorAll(stood.tagName)];
  const place=mine?alike().indexOf(stood):-1,key=mine?keyOf(stood):'';
  box.replaceChildren(...parts);
  if(!mine)return;
  const again=stood.isConnected?stood:alike().find((node)=>keyOf(node)===key)||alike()[place];
  if(again)again.focus({preventScroll:true});
}
function utc(text){return text.slice(0,16).replace('T',' ')+' UTC'}
function clock(text){return text.slice(11,16)}
function age(seconds){
  if(seconds<0)return 'ahead of this collector\\u2019s clock';
  if(seconds<120)return Math.round(seconds)+' s';
  if(seconds<7200)return Math.round(seconds/60)+' min';
  if(seconds<172800)return Math.round(seconds/3600)+' h';
  return Math.round(seconds/86400)+' days';
}
/* Three figures, or more where fewer would put a value onto its limit or across it. */
function digits(value,limit){
  const size=Math.abs(value);
  if(size>0&&size<0.001)return '<0.001';
  let text='';
  for(let places=size<10?3:size<1000?1:0;places<10;places+=1){
    text=String(Number(value.toFixed(places)));
    if(limit===null||Math.sign(Number(text)-limit)===Math.sign(value-limit))break;
  }
  return text;
}
function amount(value,unit,limit){
  if(value===null)return '\\u2013';
  if(unit==='ratio')return digits(value*100,limit===null?null:limit*100)+'\\u00a0%';
  if(unit==='dscp')return 'DSCP '+value;
  return digits(value,limit)+(unit==='none'?'':'\\u00a0'+unit);
}
function limitText(f){
  if(f.limit===null)return '\\u2013';
  const signs={'<':'< ','<=':'\\u2264 ','==':'= ','>=':'\\u2265 ','none':''};
  return signs[f.op]+amount(f.limit,f.unit,null);
}
function svgEl(tag,attributes){
  const node=document.createElementNS('http://www.w3.org/2000/svg',tag);
  for(const [key,value] of Object.entries(attributes))node.setAttribute(key,value);
  return node;
}
/* Where the true value lies, against the limit: a bar for the interval, a dot, and the limit's line. */
function whisker(f){
  if(f.value===null||f.limit===null||f.unit==='dscp'||f.limit<=0)return null;
  const low=f.interval?f.interval[0]:f.value,high=f.interval?f.interval[1]:f.value;
  const W=120,top=Math.max(f.limit*1.3,high*1.08),x=(v)=>Math.max(0,Math.min(W,v/top*W)).toFixed(1);
  const svg=svgEl('svg',{width:W,height:12,viewBox:'0 0 '+W+' 12',role:'img','aria-label':'value against limit'});
  svg.append(svgEl('line',{x1:0,x2:W,y1:6,y2:6,stroke:'var(--line)','stroke-width':2}));
  svg.append(svgEl('rect',{x:x(low),y:3.5,height:5,width:Math.max(2,x(high)-x(low)),rx:2.5,fill:'var(--tone)',opacity:.45}));
  svg.append(svgEl('circle',{cx:Math.max(3,Math.min(W-3,x(f.value))),cy:6,r:3,fill:'var(--tone)'}));
  svg.append(svgEl('line',{x1:x(f.limit),x2:x(f.limit),y1:0,y2:12,stroke:'var(--mark)','stroke-width':1.6}));
  return svg;
}
function measured(f){
  const cell=el('td',{class:'num'},el('span',{},amount(f.value,f.unit,f.limit)));
  if(f.interval&&f.interval[0]!==f.interval[1]){
    cell.append(el('small',{},'between '+amount(f.interval[0],f.unit,f.limit)+' and '+amount(f.interval[1],f.unit,f.limit)));
  }
  const picture=whisker(f);
  if(picture)cell.append(picture);
  return cell;
}
function row(f,first){
  const statistic=[f.statistic,f.n>0?'n\\u00a0=\\u00a0'+f.n.toLocaleString('en'):''].filter(Boolean).join(', ');
  const others=f.alternatives.filter((other)=>other.verdict!==f.verdict).map((other)=>other.statistic+' would say '+other.verdict);
  return el('tr',{class:f.verdict+(first?' first':'')},
    el('td',{class:'line'},...(first?[el('b',{},f.id),el('small',{},f.title)]:[])),
    el('td',{},FAR_ENDS[f.farEnd]),
    el('td',{class:'num'},el('span',{},LEGS[f.leg])),
    measured(f),
    el('td',{class:'num'},el('span',{},limitText(f)),el('small',{},statistic)),
    el('td',{},el('span',{class:'pill'},f.verdict)),
    el('td',{class:'why'},f.verdict==='pass'?f.detail||f.meaning:[f.meaning,f.detail].filter(Boolean).join(': '),
      others.length?el('small',{},others.join('; ')):'',
      f.verdict!=='pass'&&f.advice?el('small',{},'Next: '+f.advice):''));
}
function table(findings){
  const seen=new Set();
  const ids=findings.map((f)=>f.id);
  const ordered=[...findings].sort((a,b)=>ids.indexOf(a.id)-ids.indexOf(b.id));
  const rows=ordered.map((f)=>{const first=!seen.has(f.id);seen.add(f.id);return row(f,first)});
  const heads=['Line','Far end','Leg','Measured','Limit','Verdict','Why, and what next'];
  return el('div',{class:'scroll'},el('table',{},
    el('thead',{},el('tr',{},...heads.map((head)=>el('th',{scope:'col'},head)))),
    el('tbody',{},...rows)));
}
function untested(findings,open){
  const groups=new Map();
  for(const f of findings)groups.set(f.meaning,[...(groups.get(f.meaning)||[]),f]);
  const box=el('details',{id:'untested'},el('summary',{},findings.length+' lines not tested'));
  box.open=open;
  for(const [meaning,lines] of groups){
    const ids=[...new Set(lines.map((f)=>f.id))];
    const all=(of)=>[...new Set(lines.map(of).filter(Boolean))];
    const keys=all((f)=>f.reason==='needs-site-value'?f.detail.replace('missing: ',''):''),next=all((f)=>f.advice.split('; then: ')[0]);
    box.append(el('p',{},el('b',{},meaning+'. '),keys.length>1?'Next: add '+keys.join(', ')+' to the site file. ':next.length?'Next: '+next.join('; ')+'. ':'',
      el('span',{class:'quiet'},ids.join(', '))));
  }
  return box;
}
`
