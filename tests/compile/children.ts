import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import type { Callables } from '../../engine/core/compile/context.ts';
import { testRegistry } from './manifests.ts';

const folder = join(import.meta.dirname, 'children');

/** What `call` steps of compiler tests may call. */
export const testPlaybooks: Callables = new Map(
  readdirSync(folder).map((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const compiled = compilePlaybook(text, { file: name, registry: testRegistry });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
    return [compiled.plan.playbook.id, compiled];
  }),
);
