import { claimsOf } from './claims.ts';
import { generatedPlan, playOnce } from './play-generated.ts';
import { Watch } from './watch-run.ts';
const from = Number(process.argv[2] ?? 0), n = Number(process.argv[3] ?? 100), drives = Number(process.argv[4] ?? 3);
const kinds = new Map<string, [number,string]>(); let bounded = 0, ended = 0; const fails = new Map<string,string>();
const note = (k: string, ex: string) => kinds.set(k, [(kinds.get(k)?.[0] ?? 0) + 1, kinds.get(k)?.[1] ?? ex]);
const confirmed = new Map<string, number>(); let tp = 0, td = 0, tc=0;
for (let seed = from; seed < from + n; seed++) {
  let t = performance.now();
  let plan; try { plan = generatedPlan(seed); } catch (e) { note('COMPILE ' + String((e as Error).message).match(/"code": "([^"]*)"/)?.[1], `${seed} ${(e as Error).message.slice(0, 900)}`); continue; }
  tc += performance.now() - t; t = performance.now();
  let claims; try { claims = claimsOf(plan); } catch (e) { note('PROVE ' + (e as Error).message, `${seed} ${(e as Error).stack}`); continue; }
  tp += performance.now() - t; t = performance.now();
  if (claims.bounded) bounded++;
  for (let d = 0; d < drives; d++) {
    const watch = new Watch(plan, claims); const s2 = seed * 1000 + d;
    let s; try { s = playOnce(plan, s2, (m, sch) => { watch.look(m); if (sch.endless.length) note('ENDLESS', `${seed}/${d} ${sch.endless}`); }); } catch (e) { note('THROW ' + (e as Error).message.slice(0, 80), `${seed}/${d} ${(e as Error).stack}`); continue; }
    if (s.world.ended) ended++; else note('NOEND', `${seed}/${d}`);
    if (s.acting.length || s.open.length) note('LEFT', `${seed}/${d} ${s.acting} ${s.open}`);
    watch.close(s);
    for (const r of watch.refuted) note(r.replace(/run\/\S+/, 'X').replace(/[0-9]+/g, 'N').slice(0, 60), `${seed}/${d} ${r}`);
    for (const c of watch.confirmed) confirmed.set(c, (confirmed.get(c) ?? 0) + 1);
    for (const f of watch.failures) fails.set(f.replace(/^\S+ /, '').replace(/[a-z]+[0-9]+/g, 'N').slice(0, 120), `${seed}/${d} ${f}`);
  }
  td += performance.now() - t;
}
console.log(confirmed); console.log({ n, ended, bounded, compileMs: tc / n, proveMs: tp / n, driveMs: td / n / drives });
for (const [k, [c, ex]] of kinds) console.log(c, k, '\n   ', ex);
console.log('failures:'); for (const [k, v] of fails) console.log('  ', k, '|', v.slice(0,160));
