import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createValidator } from '../../engine/core/schema/create-validator.ts';
import alertSchema from '../../schemas/alert.schema.json' with { type: 'json' };
import type { JsonObject } from '../../schemas/json.ts';
import playbookSchema from '../../schemas/playbook-v1.schema.json' with { type: 'json' };
import problemSchema from '../../schemas/problem.schema.json' with { type: 'json' };
import signalSchema from '../../schemas/signal.schema.json' with { type: 'json' };

const validate = createValidator(playbookSchema as unknown as JsonObject);

describe('the playbook schema', () => {
  const folder = join(import.meta.dirname, 'playbooks');
  it.each(readdirSync(folder))('accepts %s of the language page', (name) => {
    expect(validate(parse(readFileSync(join(folder, name), 'utf8')))).toEqual([]);
  });

  const step = (value: JsonObject) => {
    const playbook = {
      kind: 'playbook/v1',
      id: 'a',
      title: 'A',
      description: 'A',
      status: 'test',
      author: 'A',
      triggers: [{ type: 'manual' }],
    };
    return validate({ ...playbook, steps: [value] });
  };

  it.each<[string, JsonObject]>([
    [
      'action',
      {
        id: 'a',
        action: 'edr.isolate-host@1',
        with: {},
        lease: { for: '72h', at_end: 'ask' },
        rollback: 'none',
      },
    ],
    ['approval', { id: 'a', approval: { covers: ['b'] } }],
    ['if', { if: 'true', then: [], else: [] }],
    ['switch', { switch: [{ when: 'true', steps: [] }], default: [] }],
    [
      'foreach',
      {
        id: 'a',
        foreach: 'alert.targets.hosts',
        as: 'host',
        key: 'host.id',
        max_items: 5,
        steps: [],
        approval: {},
      },
    ],
    ['repeat', { id: 'a', repeat: { until: 'true', max: 3, every: '30s' }, steps: [] }],
    ['parallel', { id: 'a', parallel: { one: [], two: [] }, join: 'settle', if: 'true' }],
    ['wait for a time', { id: 'a', wait: '15m' }],
    ['wait until', { id: 'a', wait: { until: '${{ inputs.at }}' } }],
    ['wait for a signal', { id: 'a', wait: { for: 'incident.updated', match: 'true', timeout: '5d' } }],
    ['call', { id: 'a', call: 'other-playbook', with: {}, attach: false }],
    ['set', { set: { a: 1 } }],
    ['undo', { id: 'a', undo: ['b'], reason: 'x', approval: {} }],
    ['stop', { stop: { outcome: 'denied' } }],
    ['notes', { stop: { outcome: 'denied' }, 'x-why': ['anything'] }],
  ])('knows %s', (_, value) => {
    expect(step(value)).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['a step of no kind', { id: 'a' }],
    ['a step of two kinds', { id: 'a', action: 'a.b', stop: { outcome: 'failed' } }],
    ['an action without id', { action: 'a.b' }],
    ['a wait for a signal without an end', { id: 'a', wait: { for: 'incident.updated' } }],
    ['a loop without a cap', { id: 'a', foreach: 'x', steps: [] }],
    ['covers beside an action', { id: 'a', action: 'a.b', approval: { covers: ['b'] } }],
    [
      'evidence with two values',
      { id: 'a', approval: { evidence: [{ label: 'x', value: 'a', link: 'b' }] } },
    ],
  ])('refuses %s', (_, value) => {
    expect(step(value)).not.toEqual([]);
  });

  it('offers a snippet for every kind of step', () => {
    const kinds = Object.keys(playbookSchema.$defs.step.properties).filter((key) =>
      playbookSchema.$defs.step.anyOf.some(({ required }) => required.includes(key)),
    );
    const bodies = playbookSchema.$defs.step.defaultSnippets.map(({ body }) => Object.keys(body));
    expect(kinds.filter((kind) => !bodies.some((body) => body.includes(kind)))).toEqual([]);
  });
});

describe('every schema', () => {
  it.each([
    ['playbook', playbookSchema],
    ['alert', alertSchema],
    ['problem', problemSchema],
    ['signal', signalSchema],
  ])('%s is itself valid 2020-12', (_, schema) => {
    expect(new Ajv2020({ strict: false }).validateSchema(schema)).toBe(true);
  });
});

describe('a validator', () => {
  it('never changes the value, and points at each problem', () => {
    const check = createValidator({
      type: 'object',
      required: ['a'],
      properties: {
        n: { type: 'integer', default: 3 },
        e: { enum: ['x'] },
        m: { type: 'string', format: 'email' },
      },
    });
    const value = { n: '5', e: 'y', m: 'nobody' };
    expect(check(value).map(({ pointer, message }) => `${pointer} ${message}`)).toEqual([
      ' needs "a"',
      '/n must be a whole number',
      '/e must be one of "x"',
      '/m must be a email',
    ]);
    expect(value).toEqual({ n: '5', e: 'y', m: 'nobody' });
  });

  it('matches patterns in linear time', () => {
    const check = createValidator({ type: 'string', pattern: '^(a+)+$' });
    expect(check('aaa')).toEqual([]);
    expect(check(`${'a'.repeat(50_000)}!`)).toHaveLength(1);
  });

  it('tolerates keywords that are not JSON Schema', () => {
    expect(createValidator({ type: 'string', 'x-sink': 'url', markdownDescription: 'x' })('a')).toEqual([]);
  });
});
