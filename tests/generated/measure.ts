import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { testPlaybooks } from '../compile/children.ts';
import { generatedRegistry, connections } from './catalogue.ts';
import { writePlaybook } from './write-playbook.ts';
const codes = new Map<string, number>(); let bad = 0; const n = Number(process.argv[2] ?? 500);
const ex = new Map<string,string>(); let lines=0; const t=performance.now();
for (let seed = 0; seed < n; seed++) {
  const text = writePlaybook(seed); lines+=text.split('\n').length;
  const c = compilePlaybook(text, { file: 'g.yaml', registry: generatedRegistry, connections: new Map(Object.entries(connections)), playbooks: testPlaybooks });
  const errs = c.diagnostics.filter((d) => d.severity === 'error');
  if (!c.ok) bad++;
  for (const code of new Set(errs.map((d) => d.code))) { codes.set(code, (codes.get(code) ?? 0) + 1); const d=errs.find(e=>e.code===code)!; if(!ex.has(code)) ex.set(code, `seed ${seed} ${d.line}: ${d.message} | ${d.snippet.slice(0,200)}`); }
}
console.log(n, 'refused', bad, 'lines', lines/n, 'ms', (performance.now()-t)/n); for (const [k,v] of codes) console.log(k, v, ex.get(k));
