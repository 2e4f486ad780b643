import { expect, it } from 'vitest';
import { stepAt } from '../../engine/core/run/list-steps.ts';
import { compile, lookUp, playbookWith } from './compile.ts';

/* By what a wait is looked up when a signal comes, instead of being tried with it. */

function keyOf(match: string, type = 'webhook'): unknown {
  const wait = `  - id: heard
    wait: { for: ${type}, match: ${JSON.stringify(match)}, timeout: 1d, on_timeout: continue }
`;
  const compiled = compile(playbookWith(lookUp + wait, 'vars: { changes: a }'));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  const step = stepAt(compiled.plan, 'run/heard');
  return step?.kind === 'wait' && step.wait.for === 'signal' ? step.wait.key : undefined;
}

it.each([
  ['signal.incident.id == inputs.note', 'incident.updated', 'incident.id', 'inputs.note'],
  ['inputs.note == signal.body.ticket.number', 'webhook', 'body.ticket.number', 'inputs.note'],
  [
    'signal.alert.incident.id == alert.incident.id',
    'alert.created',
    'alert.incident.id',
    'alert.incident.id',
  ],
  ['signal.body.a == inputs.note + "-" + run.id', 'webhook', 'body.a', 'inputs.note + "-" + run.id'],
  ['signal.body.a == steps.asset.outputs.name', 'webhook', 'body.a', 'steps.asset.outputs.name'],
  ['signal.body["a-b"] == inputs.note', 'webhook', 'body.a-b', 'inputs.note'],
  ['signal.body.state == "done"', 'webhook', 'body.state', '"done"'],
  ['signal.body.a == "T-" + (inputs.note)', 'webhook', 'body.a', '"T-" + (inputs.note)'],
  ['(inputs.note) + (run.id) == signal.body.a', 'webhook', 'body.a', '(inputs.note) + (run.id)'],
  [
    'signal.body.a == ("T-" + inputs.note).lowerAscii()',
    'webhook',
    'body.a',
    '("T-" + inputs.note).lowerAscii()',
  ],
])('%s', (match, type, path, expr) => {
  expect(keyOf(match, type)).toEqual({ path, expr });
});

it.each([
  ['what is of this run', 'signal.body.state == "done" && signal.body.ticket == inputs.note', 'body.ticket'],
  ['an id', 'signal.body.host == inputs.host_id && signal.body.id == inputs.note', 'body.id'],
])('of several parts %s is looked up', (_what, match, path) => {
  expect(keyOf(match)).toMatchObject({ path });
});

it('of several parts one value is looked up before an item of a list', () => {
  const item = 'signal.alert.targets.hosts.exists(h, h.id == inputs.host_id)';
  const key = keyOf(`${item} && signal.alert.title == inputs.note`, 'alert.created');
  expect(key).toMatchObject({ path: 'alert.title' });
});

it.each([
  [
    'signal.alert.targets.hosts.exists(h, h.id == inputs.host_id)',
    'alert.created',
    'alert.targets.hosts[].id',
    'inputs.host_id',
  ],
  [
    'signal.alert.targets.hosts.exists(h, h.name != "" && inputs.host_id == h.id)',
    'alert.created',
    'alert.targets.hosts[].id',
    'inputs.host_id',
  ],
  [
    'signal.alert.techniques.exists(t, t == inputs.note)',
    'alert.updated',
    'alert.techniques[]',
    'inputs.note',
  ],
])('an item of a list: %s', (match, type, path, expr) => {
  expect(keyOf(match, type)).toEqual({ path, expr });
});

it.each([
  ['one part of two is enough', 'signal.body.a == inputs.note || signal.body.b == inputs.note'],
  ['it must not be so', '!(signal.body.a == inputs.note)'],
  ['the other side comes from the signal', 'signal.body.a == signal.body.b'],
  ['the other side is an item as well', 'signal.body.all.exists(e, e.a == e.b)'],
  ['nobody bounds the list', 'signal.body.tags.exists(t, t == inputs.note)'],
  ['every item has to have it', 'signal.body.all.all(e, e.id == inputs.note)'],
  ['it may be missing', 'signal.body.?a.orValue("x") == inputs.note'],
  ['it is one of many by its place', 'signal.body.all[0].id == inputs.note'],
  ['it may change while the run waits', 'signal.body.a == vars.changes'],
  ['it is another one every time', 'signal.body.a == string(now())'],
  ['its name cannot be told from a path', 'signal.body["a.b"] == inputs.note'],
  ['its name looks like a list', 'signal.body["a[]"] == inputs.note'],
])('is tried with every signal: %s', (_why, match) => {
  expect(keyOf(match)).toBeNull();
});
