import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { playbookSchema } from '../../engine/core/schema/playbook-schema.ts';
import type { JsonObject } from '../../schemas/json.ts';
import language from '../../schemas/playbook-v1.schema.json' with { type: 'json' };
import { LanguageServer } from './language-server.ts';

/*
 * What somebody sees who types a playbook into an editor with the YAML language server and the schema
 * that `riposte schema` prints: offers, words under the pointer, and what is said about a slip.
 */

const server = await LanguageServer.start();
afterAll(() => server.stop());

const modeline = '# yaml-language-server: $schema=../../schemas/installed/playbook-v1.schema.json';
const head = `${modeline}
kind: playbook/v1
id: a-b
title: A
description: A
status: test
author: A
owner: group:a
triggers:
  - id: t
    type: manual
    targets: [host]
`;
const step = `${head}steps:
  - id: a
    action: edr.isolate-host
    with: { host_id: x }
`;
const labels = async (marked: string) => (await server.complete(marked)).map(({ label }) => label);
const manifests = [...createRegistry().values()].map(({ manifest }) => manifest);

test('the schema in schemas/installed is the one that `riposte schema` prints today', () => {
  const file = join(import.meta.dirname, '../../schemas/installed/playbook-v1.schema.json');
  const installed = JSON.parse(readFileSync(file, 'utf8')) as JsonObject;
  // After a change: npm run reference
  expect(installed).toEqual(playbookSchema(language as unknown as JsonObject, manifests));
});

describe('completion', () => {
  it('offers every key of a playbook that is not there yet', async () => {
    const offered = await labels(`${head}¦`);
    const keys = Object.keys(language.properties).filter((key) => !head.includes(`\n${key}:`));
    expect(keys.filter((key) => !offered.includes(key))).toEqual([]);
    expect(offered).not.toContain('kind');
  });

  it('offers each kind of step with what it needs, and nothing of an action before one is chosen', async () => {
    const offered = await server.complete(`${head}steps:\n  - ¦`);
    for (const kind of ['action', 'approval', 'if', 'switch', 'foreach', 'repeat', 'parallel', 'wait']) {
      expect(
        offered.map(({ label }) => label),
        kind,
      ).toContain(kind);
    }
    for (const kind of ['call', 'set', 'undo', 'stop'])
      expect(offered.map(({ label }) => label)).toContain(kind);
    const loop = offered.find(
      ({ label, insertText }) => label === 'foreach' && insertText.includes('max_items'),
    );
    expect(loop?.documentation).toBe('One scope per element');
    expect(offered.filter(({ documentation }) => documentation.includes('Post a chat message'))).toEqual([]);
  });

  it('does not write fields that nobody asked for', async () => {
    const offered = await server.complete(`${head}¦`);
    const steps = offered.find(({ label }) => label === 'steps');
    expect(steps?.insertText).not.toMatch(/max_parallel|attach/);
  });

  it('offers all installed actions, each with what it does and whether it can be taken back', async () => {
    const offered = await server.complete(`${head}steps:\n  - id: a\n    action: edr¦`);
    const keys = manifests.map(({ key }) => key);
    expect(keys.filter((key) => !offered.some(({ label }) => label === key))).toEqual([]);
    const isolate = offered.find(({ label }) => label === 'edr.isolate-host');
    expect(isolate?.documentation).toContain('Isolate a host');
    expect(isolate?.documentation).toContain('Taken back by `edr.release-host`');
    const wipe = offered.find(({ label }) => label === 'mdm.wipe-device');
    expect(wipe?.documentation).toContain('Cannot be taken back');
  });

  it.each(manifests.map((manifest) => [manifest.key, manifest] as const))(
    'offers the arguments of %s under with',
    async (key, { input }) => {
      const offered = await labels(`${head}steps:\n  - id: a\n    action: ${key}\n    with:\n      ¦`);
      const takes = Object.keys((input.properties ?? {}) as JsonObject);
      expect(takes.filter((name) => !offered.includes(name))).toEqual([]);
    },
  );

  it.each([
    ['status', `${modeline}\nkind: playbook/v1\nstatus: ¦`, ['experimental', 'test', 'stable', 'deprecated']],
    ['mode', `${head}mode: ¦`, ['audit', 'ask', 'enforce']],
    ['type of a trigger', head.replace('type: manual', 'type: ¦'), ['alert.created', 'schedule', 'manual']],
    ['on_error', `${step}    on_error: ¦`, ['fail', 'continue', 'undo', 'steps, then']],
    ['on_denied', `${step}    on_denied: ¦`, ['stop', 'continue', 'fail']],
    ['lease', `${step}    lease: ¦`, ['72h', 'for, at_end']],
    ['rollback', `${step}    rollback: ¦`, ['default', 'none', 'action']],
    ['mask', `${step}    mask: [¦]`, ['state', 'host_name']],
    [
      'an argument with an enum',
      step.replace('{ host_id: x }', '\n      host_id: x\n      scope: ¦'),
      ['full', 'selective'],
    ],
    ['a duration', `${head}timeout: ¦`, ['15m', '1h30m', '3d']],
    ['wait', `${head}steps:\n  - id: a\n    wait: ¦`, ['15m', 'until', 'for']],
    [
      'what a wait waits for',
      `${head}steps:\n  - id: a\n    wait:\n      for: ¦`,
      ['incident.updated', 'webhook'],
    ],
    ['undo', `${head}steps:\n  - id: a\n    undo: ¦`, ['all', 'steps']],
    ['join', `${head}steps:\n  - id: a\n    parallel: { x: [] }\n    join: ¦`, ['all', 'settle', 'any']],
    ['outcome of a stop', `${head}steps:\n  - stop:\n      outcome: ¦`, ['succeeded', 'failed', 'denied']],
    ['applies_to', `${head}guards:\n  - id: a\n    applies_to: [¦]`, ['contain', 'edr.isolate-host']],
    ['type of an input', `${head}inputs:\n  a:\n    type: ¦`, ['string', 'integer', 'boolean']],
  ])('offers the values of %s', async (_, marked, expected) => {
    const offered = await labels(marked);
    expect(expected.filter((value) => !offered.includes(value))).toEqual([]);
  });

  it('says what each value of a choice means', async () => {
    const offered = await server.complete(head.replace('type: manual', 'type: ¦'));
    expect(offered.find(({ label }) => label === 'run.failed')?.documentation).toContain('has failed');
  });
});

describe('hovering', () => {
  it.each([
    ['the key of an action', step.replace('edr.iso', 'edr.¦iso'), 'Cuts a device off the network'],
    ['an argument', step.replace('host_id', 'host¦_id'), 'Machine id of Defender for Endpoint'],
    ['a field of the playbook', head.replace('status:', 'sta¦tus:'), 'How far it is trusted'],
    ['a value', head.replace('status: test', 'status: te¦st'), 'Proving itself'],
    ['a lease', `${step}    lea¦se: 72h\n`, 'How long the containment holds'],
    ['a retry', `${step}    ret¦ry: {}\n`, 'An unknown outcome is never retried'],
    ['an approval', `${step}    appro¦val: {}\n`, 'Nobody answering is a no'],
    ['a guard', `${head}guards:\n  - id: a\n    den¦y_if: "true"\n`, 'True denies, and so does an error'],
    [
      'a field of a loop',
      `${head}steps:\n  - id: a\n    foreach: x\n    max_¦items: 5\n    steps: []\n`,
      'before any starts',
    ],
  ])('over %s tells what it is', async (_, marked, words) => {
    expect(await server.hover(marked)).toContain(words);
  });

  it('over an action tells of that action only', async () => {
    const shown = await server.hover(step.replace('edr.iso', 'edr.¦iso'));
    expect(shown).not.toContain('Post a chat message');
  });
});

describe('a slip', () => {
  it('is what the editor underlines, and a sound playbook has none', async () => {
    expect(await server.validate(step)).toEqual([]);
  });

  it.each([
    ['an unknown key', `${step}trigers: []\n`, 'trigers', 'not allowed'],
    ['an unknown key of a step', `${step}    leese: 72h\n`, 'leese', 'not allowed'],
    [
      'a typo in an action',
      step.replace('isolate-host', 'isolate-hots'),
      'edr.isolate-hots',
      '"edr.isolate-host"',
    ],
    ['no arguments', step.replace('    with: { host_id: x }\n', ''), 'i', 'Missing property "with"'],
    ['a missing argument', step.replace('host_id: x', 'comment: x'), 'with', 'Missing property "host_id"'],
    ['an unknown argument', step.replace('x }', 'x, hst: 1 }'), 'hst', 'not allowed'],
    ['an argument of another type', step.replace('host_id: x', 'host_id: 5'), '5', 'Expected "string"'],
    ['an argument outside of its choice', step.replace('x }', 'x, scope: half }'), 'half', '"selective"'],
    ['two kinds in one step', `${step}    stop: { outcome: failed }\n`, 'stop', 'a step is of one kind'],
    ['a step of no kind', `${head}steps:\n  - id: a\n`, 'i', 'Say what the step does'],
    [
      'a word that is no status',
      step.replace('status: test', 'status: testing'),
      'testing',
      '"experimental"',
    ],
    ['a duration in words', `${step}    lease: 3 days\n`, '3 days', '1h30m'],
    ['a duration without a unit', `${step}timeout: "30"\n`, '"30"', 'Write a whole number with s, m, h or d'],
    [
      'a step id with a hyphen',
      step.replace('id: a\n    action', 'id: a-b\n    action'),
      'a-b',
      'underscores',
    ],
    ['an owner without a kind', step.replace('group:a', 'soc'), 'soc', 'group:soc-tier2'],
    ['a missing id', `${head}steps:\n  - action: edr.isolate-host\n    with: { host_id: x }\n`, 'a', '"id"'],
    ['a loop without a cap', `${head}steps:\n  - id: a\n    foreach: x\n    steps: []\n`, 'i', '"max_items"'],
    ['a wait without an end', `${head}steps:\n  - id: a\n    wait: { for: webhook }\n`, 'wait', '"timeout"'],
  ])('%s is underlined and said in words', async (_, text, at, words) => {
    const remarks = await server.validate(text);
    expect(remarks).toContainEqual(expect.objectContaining({ at, message: expect.stringContaining(words) }));
  });
});
