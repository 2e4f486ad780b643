import { readFileSync, readdirSync } from 'node:fs';
import { createRegistry } from './actions/registry.ts';
import { compilePlaybook } from './engine/core/compile/compile-playbook.ts';
import { manifestsOf } from './engine/core/compile/manifests-of.ts';
const registry = createRegistry();
const known = new Map();
let files = readdirSync('playbooks', { recursive: true, encoding: 'utf8' }).filter((n) => n.endsWith('.yaml') && !n.endsWith('.cases.yaml'));
files = files.sort((a, b) => (a.includes('clean-mailbox') ? -1 : b.includes('clean-mailbox') ? 1 : 0));
for (const f of files) {
  const r = compilePlaybook(readFileSync('playbooks/' + f, 'utf8'), { file: f, registry: manifestsOf(registry), playbooks: known });
  for (const d of r.diagnostics) console.log(`${d.file}:${d.line}:${d.column} ${d.code} ${d.message}${d.help ? ' | ' + d.help : ''}`);
  if (r.ok) known.set(r.plan.playbook.id, { digest: r.digest, plan: r.plan });
  console.log(f, r.ok);
}
