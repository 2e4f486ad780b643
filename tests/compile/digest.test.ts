import { describe, expect, it } from 'vitest';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { compile, lookUp, playbookWith, tell } from './compile.ts';
import { testRegistry } from './manifests.ts';

const text = playbookWith(lookUp + tell('end', 'Done: ${{ steps.asset.outputs.name }}'));

describe('the digest of a plan', () => {
  it('is sha256 in hex, and the same each time', () => {
    expect(digest(text)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digest(text)).toBe(digest(text));
  });

  it('does not change with comments, quotes, folding or notes', () => {
    const reformatted = text
      .replace('steps:\n', '# a comment\nsteps:\n')
      .replace('"Done: ${{ steps.asset.outputs.name }}"', "'Done: ${{steps.asset.outputs.name }}'")
      .replace('x-note: none', 'x-note: more');
    expect(digest(reformatted)).toBe(digest(text));
  });

  it('changes with what would happen, and with the action it would use', () => {
    expect(digest(text.replace('Done', 'done'))).not.toBe(digest(text));
    const asset = testRegistry.get('inventory.get-host');
    if (!asset) throw new Error('the test catalogue has lost an action');
    const newer = new Map(testRegistry).set(asset.key, { ...asset, version: '2.0.0' });
    const other = compilePlaybook(text, { file: 'playbook.yaml', registry: newer });
    expect(other.ok && other.digest).not.toBe(digest(text));
  });

  it('belongs to a plan that is plain JSON', () => {
    const result = compile(text);
    if (!result.ok) throw new Error('refused');
    expect(JSON.parse(JSON.stringify(result.plan))).toEqual(result.plan);
  });

  it('comes with the place of every step', () => {
    const result = compile(text);
    if (!result.ok) throw new Error('refused');
    expect(result.positions['run/asset']).toEqual({ line: 14, column: 9 });
    expect(result.positions['/inputs/host_id']).toEqual({ line: 10, column: 3 });
  });
});

function digest(source: string): string {
  const result = compile(source);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.digest;
}
