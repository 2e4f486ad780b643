import { expect, it } from 'vitest';
import { changesOf } from './small-playbook.ts';

/* Taking back a release isolates the host again: what is careful elsewhere is bolder here. */

const release = (more = '') => `steps:
  - id: release
    action: edr.release-host
    with: { host_id: "\${{ inputs.host_id }}" }
${more}`;

const tell = (more = '') => `  - id: tell
    action: chat.post-message
    with: { channel: soc, text: x }
${more}`;

const back = (steps: string) => `  - { id: back, undo: ${steps}, reason: x }\n`;

const isolate = '  - { id: isolate, action: edr.isolate-host, lease: 72h, with: { host_id: H2 } }\n';

const told = (before: string, after: string) =>
  changesOf(before, after).map((each) => each.split(' ', 2).join(' '));

it('an undo of a release is bolder, and that it goes is careful', () => {
  expect(told(release(), release(back('[release]')))).toEqual(['bolder undo-added']);
  expect(told(release(back('all')), release())).toEqual(['careful undo-removed']);
  const both = release(isolate);
  expect(told(both, `${both}${back('[isolate]')}`)).toEqual(['careful undo-added']);
  expect(told(`${both}${back('[isolate]')}`, `${both}${back('[isolate, release]')}`)).toEqual([
    'bolder undo-scope',
  ]);
});

it('on_error: undo behind a release is bolder', () => {
  expect(told(release(tell()), release(tell('    on_error: undo\n')))).toEqual(['bolder on-error']);
  expect(told(`steps:\n${isolate}${tell()}`, `steps:\n${isolate}${tell('    on_error: undo\n')}`)).toEqual([
    'careful on-error',
  ]);
});

it('a lease of a release that ends by itself is bolder than one that asks, or none', () => {
  const leased = (atEnd: string) => release(`    lease: { for: 4h, at_end: ${atEnd} }\n`);
  expect(told(release(), leased('release'))).toEqual(['bolder lease-changed']);
  expect(told(leased('ask'), leased('release'))).toEqual(['bolder lease-changed']);
  expect(told(release(), leased('ask'))).toEqual(['neutral lease-changed']);
  expect(told(leased('release'), release())).toEqual(['careful lease-changed']);
});

it('a release that can be taken back again is bolder', () => {
  expect(told(release('    rollback: none\n'), release())).toEqual(['bolder undo-changed']);
});
