import { parse, stringify } from 'yaml';
import { writePlaybook } from './write-playbook.ts';
import { generatedPlan, playOnce } from './play-generated.ts';
const [seed, d] = [Number(process.argv[2]), Number(process.argv[3])];
const p = parse(writePlaybook(seed)); console.log(stringify({guards: p.guards, mode: p.mode, owner: p.owner, timeout: p.timeout, steps: p.steps, on_failure: p.on_failure, finally: p.finally}, { collectionStyle: 'any', lineWidth: 200 }));
if (process.argv[4]) { const plan = generatedPlan(seed); playOnce(plan, seed * 1000 + d, (m) => { const s = 'context' in m.after ? Object.entries(m.after.context.steps).filter(([k, v]) => 'context' in m.before && m.before.context.steps[k]?.status !== v.status).map(([k, v]) => k + '=' + v.status+(v.failure?'('+v.failure.code+')':'')) : []; console.log(m.scope.path, m.event.type, 'ref' in m.event ? m.event.ref : '', '→', s.join(' '), '|', m.commands.map((c) => c.kind).join(' ')); }); }
