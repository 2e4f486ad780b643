import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fixText } from '../../engine/core/compile/fix-text.ts';
import { compile } from './compile.ts';
import { mutate, seededChoices } from './mutate-text.ts';

/* Whatever somebody's hand did to a playbook: fixing it never makes it worse, and comes to an end. */

const folder = join(import.meta.dirname, 'ok');
const originals = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => readFileSync(join(folder, name), 'utf8'));

const diagnose = (text: string) => compile(text).diagnostics;

function errorsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { code, severity } of diagnose(text))
    if (severity === 'error') counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}

it.each(['a letter is lost', 'a letter is another one', 'a line is dropped', 'a key is renamed'])(
  '%s: no error code is more than before, and a second time changes nothing',
  (kind) => {
    let fixes = 0;
    let healed = 0;
    for (let seed = 0; seed < 40; seed += 1) {
      const choose = seededChoices(`fix ${kind} ${seed}`);
      const text = mutate(originals[choose(originals.length)] ?? '', kind, choose);
      const before = errorsOf(text);
      const fixed = fixText(text, diagnose);
      const after = errorsOf(fixed.text);
      const unreadable = before.has('compile/bad-yaml') || before.has('compile/unquoted-template');
      for (const [code, count] of after)
        if (!unreadable) expect(count, `${kind} ${seed}: ${code}`).toBeLessThanOrEqual(before.get(code) ?? 0);
      expect(fixText(fixed.text, diagnose).done, `${kind} ${seed}`).toEqual([]);
      if (fixed.done.length === 0) expect(fixed.text).toBe(text);
      fixes += fixed.done.length;
      if (before.size > 0 && after.size === 0) healed += 1;
    }
    // Slips of a letter are what fixes are for.
    if (kind.startsWith('a letter')) expect(healed).toBeGreaterThan(2);
    expect(fixes).toBeGreaterThanOrEqual(healed);
  },
);
