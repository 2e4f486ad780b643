import { expect, test } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { applyFixes } from '../../engine/core/diagnostics/apply-fixes.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import { actor, openMatching } from '../match/open-matching.ts';
import { playbookWith } from './compile.ts';

const first = playbookWith(
  '  - { id: tell, action: chat.post-message, with: { channel: soc, text: Hello } }\n',
  'owner: group:soc',
).replace('status: experimental', 'status: stable\nversion: 1.2.0');
const changed = first.replace('Hello', 'Good morning');

test('a stable playbook that changed is published only under a higher version, which is offered', async () => {
  const { engine } = await openMatching();
  const publish = (source: string) =>
    publishPlaybook(engine.parts, {
      source,
      file: 'greet.yaml',
      expectedId: null,
      actor,
      requestId: 'test',
      registry: manifestsOf(createRegistry()),
    });
  expect(await publish(first)).toMatchObject({ ok: true, version: 1 });
  expect(await publish(first)).toMatchObject({ ok: true, version: 1, unchanged: true });

  const refused = await publish(changed);
  expect(refused).toMatchObject({
    ok: false,
    code: 'compile/version-not-raised',
    detail: expect.stringContaining('at least to 1.2.1'),
    diagnostics: [{ code: 'compile/version-not-raised', line: 6, column: 10, severity: 'error' }],
  });

  const fixes = refused.diagnostics.flatMap(({ fix }) => fix ?? []);
  const { text } = applyFixes(changed, fixes);
  expect(text).toBe(changed.replace('1.2.0', '1.2.1'));
  expect(await publish(text)).toMatchObject({ ok: true, version: 2, diagnostics: [] });

  // The earlier number stands for the earlier text for ever; that one may come back.
  const other = changed.replace('Good morning', 'Good evening');
  expect(await publish(other)).toMatchObject({ ok: false, code: 'compile/version-not-raised' });
  expect(await publish(first)).toMatchObject({ ok: true, version: 3 });
});

test('the same text is published again under its version after its actions or the compiler changed', async () => {
  const { engine } = await openMatching();
  const publish = (source: string, registry = manifestsOf(createRegistry())) =>
    publishPlaybook(engine.parts, {
      source,
      file: 'greet.yaml',
      expectedId: null,
      actor,
      requestId: 'test',
      registry,
    });
  const installed = manifestsOf(createRegistry());
  const tell = installed.get('chat.post-message');
  if (tell === undefined) throw new Error('the action is missing');
  const upgraded = new Map([...installed, [tell.key, { ...tell, timeoutMs: tell.timeoutMs + 1 }]]);
  const caller = first
    .replace('id: under-test', 'id: caller')
    .replace(/ {2}- \{ id: tell.*\n/, '  - { id: greet, call: under-test }\n');
  expect(await publish(first)).toMatchObject({ ok: true, version: 1 });
  expect(await publish(caller)).toMatchObject({ ok: true, version: 1 });

  expect(await publish(first, upgraded)).toMatchObject({ ok: true, version: 2, unchanged: false });
  expect(await publish(caller, upgraded)).toMatchObject({ ok: true, version: 2, unchanged: false });

  // Whoever calls what somebody changed says so.
  expect(await publish(changed.replace('1.2.0', '1.3.0'), upgraded)).toMatchObject({ ok: true, version: 3 });
  expect(await publish(caller, upgraded)).toMatchObject({ ok: false, code: 'compile/version-not-raised' });
});

test('a playbook that is still on trial may change under its version', async () => {
  const { publish } = await openMatching();
  await publish(first.replace('stable', 'test'));
  await publish(changed.replace('stable', 'test'));
});
