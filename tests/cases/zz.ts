import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CompiledSet } from '../../engine/core/cases/compile-together.ts';
import { coveragePoints } from '../../engine/core/cases/coverage-points.ts';
import { readCases } from '../../engine/core/cases/read-cases.ts';
import { baseScripts, baseActions } from '../../engine/core/cases/suggest/base-scripts.ts';
import { Search } from '../../engine/core/cases/suggest/search.ts';
import { registry } from './golden.ts';
const folder = 'playbooks';
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((n) => n.endsWith('.yaml') && !n.endsWith('.cases.yaml')).sort();
const set = new CompiledSet(files.map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') })), registry);
for (const f of files) {
  const c = set.get(f); if (!c?.ok) throw 1;
  const cf = join(folder, f.replace('.yaml', '.cases.yaml'));
  const r = readCases(readFileSync(cf, 'utf8'), cf); if (!r.ok) throw 2;
  const shared = (r.file as any).given ?? JSON.parse('{}');
  for (const mode of ['fresh', 'given']) {
    const base = baseScripts(c.under);
    const starts = mode === 'fresh' ? base : [{ given: { ...base.at(-1)!.given, ...{trigger: undefined, target: undefined, inputs: {}}, ...(r.file.cases[0]!.given), actions: { ...baseActions(c.under), ...r.file.cases[0]!.given.actions } }, decisions: [], signals: [] }] as any;
    const all = new Set(coveragePoints(c.under.loaded.plan).map((p) => p.id));
    const t = Date.now();
    const found = new Search(c.under, r.file, (p) => existsSync(join(dirname(cf), p)) ? readFileSync(join(dirname(cf), p), 'utf8') : null, all).run(starts.map((s: any) => JSON.parse(JSON.stringify(s))));
    console.log(f, mode, all.size - found.open.length, '/', all.size, 'cases', found.reaching.length, found.bounded, Date.now() - t, 'ms');
    for (const o of found.open) console.log('    ', o.point.id, o.near === null ? '' : 'near');
  }
}
