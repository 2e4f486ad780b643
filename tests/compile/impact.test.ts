import { expect, it } from 'vitest';
import { compile, playbookWith } from './compile.ts';

/* Nobody writes the impact: it is what the playbook can do by itself, taking back included. */

const release = (more = '') => `  - id: release
    action: edr.release-host
    with: { host_id: "\${{ inputs.host_id }}" }
${more}`;

const tell = (more = '') => `  - id: tell
    action: chat.post-message
    with: { text: Hello }
${more}`;

function impact(steps: string): string {
  const compiled = compile(playbookWith(steps));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.plan.impact;
}

it('a release that the playbook takes back contains', () => {
  expect(impact(release())).toBe('restore');
  expect(impact(release('  - { id: back, undo: [release], reason: x }\n'))).toBe('contain');
  expect(impact(release(tell('    on_error: undo\n')))).toBe('contain');
  expect(impact(release('    lease: { for: 4h, at_end: release }\n'))).toBe('contain');
  expect(impact(release('    rollback: none\n    on_error: undo\n'))).toBe('restore');
});

it('a containment that is taken back is no more than it was', () => {
  const isolate = '  - { id: isolate, action: edr.isolate-host, with: { host_id: H1 } }\n';
  expect(impact(`${isolate}${release('    rollback: none\n')}  - { id: back, undo: all, reason: x }\n`)).toBe(
    'contain',
  );
});
