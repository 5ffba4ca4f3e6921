/** The part of the page's script that says how the first site comes here, with commands to copy. */
export const PAGE_NO_SITE = `
function command(text){
  const copy=el('button',{type:'button',on:()=>navigator.clipboard.writeText(text).then(()=>{copy.textContent='Copied'},()=>{copy.textContent='Select and copy it'})},'Copy');
  /* Browsers copy for pages over HTTPS or of this host alone; the text itself can always be selected. */
  return el('div',{class:'command'},el('pre',{},el('code',{},text)),navigator.clipboard?copy:'');
}
function drawNoSite(){
  if(document.querySelector('.start'))return;
  const step=(what,text)=>el('li',{},el('p',{},what),command(text));
  at('site').replaceChildren(el('div',{class:'start'},
    el('h2',{},'No site is here yet'),
    el('p',{class:'quiet'},'None is enrolled, or none that you may see. A site comes here by its agent, once for each (here called my-site):'),
    el('ol',{},
      step('Where this collector runs (with the --data or --database that it has): make a line that lets one agent in, once, within 24 hours.','voip-ready collector enrol create --site my-site'),
      step('At the site: enrol the agent with that line: the whole of it goes between the quotes.','voip-ready agent enrol \\''+location.origin+'#ID.SECRET\\' --state my-site-agent'),
      step('At the site: let it measure by the site file, which names both data centres (config/examples/site.yaml explains each line).','voip-ready agent --site my-site.yaml --state my-site-agent --spool my-site-agent/spool')),
    el('p',{class:'quiet'},'The site stands here when it is enrolled, and its first record a minute after the agent has begun. This page looks by itself.')));
}
`
