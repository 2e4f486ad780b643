import { describe, expect, it } from 'vitest';
import { lookUp, playbookWith, remarks, tell } from './compile.ts';

/*
 * T10: where text from outside goes. Each line is one way; `fetch` and `ask` are the places that
 * interpret what they are given, as a URL and as a query.
 */

const fetch = (expr: string, id = 'page') => `  - id: ${id}
    action: web.fetch-page
    with: { url: ${JSON.stringify(`https://example.test/\${{ ${expr} }}`)} }
`;
const ask = (expr: string) => `  - id: rows
    action: siem.run-query
    with: { query: ${JSON.stringify(`\${{ ${expr} }}`)} }
`;

const inLoop = (list: string, steps: string, more = '') => `  - id: each
    foreach: ${JSON.stringify(list)}
    as: thing
    max_items: 5
${more}    steps:
${steps.replace(/^(?=.)/gm, '    ')}`;

const waitFor = `  - id: verdict
    wait: { for: incident.updated, match: signal.incident.status == "resolved", timeout: 1d, on_timeout: continue }
`;
const callIt = '  - id: child\n    call: looks-up\n';
const asset = 'steps.asset.outputs';

const tainted: [way: string, steps: string, more?: string][] = [
  ['the alert', fetch('alert.title')],
  ['an input, whoever fills it', fetch('inputs.note')],
  ['an input that a trigger fills from the alert', fetch('inputs.title'), 'x-note: none'],
  ['an untrusted output', lookUp + fetch(`${asset}.name`)],
  ['all outputs together', lookUp + fetch(`to_json(${asset})`)],
  ['a variable', fetch('vars.q'), 'vars: { q: "${{ alert.title }}" }'],
  ['a variable by way of another', fetch('vars.r'), 'vars: { q: "${{ alert.title }}", r: "${{ vars.q }}" }'],
  ['a part of a variable', fetch('vars.q.a'), 'vars: { q: { a: "${{ alert.title }}" } }'],
  [
    'a variable that is set later',
    `${lookUp}  - set: { q: "\${{ ${asset}.name }}" }\n${fetch('vars.q')}`,
    'vars: { q: "" }',
  ],
  ['the element of a loop over the alert', inLoop('alert.targets.hosts', fetch('thing.name'))],
  ['the element of a loop over outputs', lookUp + inLoop(`${asset}.tags`, fetch('thing'))],
  [
    'what a loop collects',
    lookUp +
      inLoop('["a"]', tell('one', 'x'), `    collect: \${{ ${asset}.name }}\n`) +
      fetch('steps.each.collected[0]'),
  ],
  [
    'outputs inside the items of a loop',
    `${inLoop('["a"]', lookUp)}${fetch('steps.each.items.map(x, x.outputs.asset.name).join(",")')}`,
  ],
  ['one item of a loop', `${inLoop('["a"]', lookUp)}${fetch('steps.each.items[0].outputs.asset.name')}`],
  [
    'the last round of a repeat',
    `  - id: poll
    repeat: { until: steps.asset.status == "succeeded", max: 2, every: 1m }
    steps:
${lookUp.replace(/^(?=.)/gm, '    ')}${fetch('steps.poll.outputs.last.asset.name')}`,
  ],
  ['a signal', waitFor + fetch('steps.verdict.outputs.?signal.?incident.?id.orValue("")')],
  ['the outputs of a called playbook', callIt + fetch('steps.child.outputs.name')],
  [
    'what went wrong, in the words of the target',
    `${lookUp}    on_error:
      steps:
${fetch('failure.message').replace(/^(?=.)/gm, '      ')}      then: continue
`,
  ],
  ['what an approver wrote', `${lookUp}${fetch('steps.asset.approval.?comment.orValue("")')}`],
  ['a choice between two texts', fetch('inputs.host_id == "H1" ? "fixed" : inputs.note')],
  ['a change after encoding', fetch('url_encode(inputs.note).substring(1)')],
  ['an encoded and a bare part', fetch('url_encode(inputs.note) + inputs.note')],
  ['a list of which one part is bare', fetch('[url_encode(inputs.note), inputs.note].join("/")')],
];

const clean: [way: string, steps: string, more?: string][] = [
  ['a text of the author', fetch('"fixed"')],
  ['what the engine says about the run', fetch('run.id')],
  ['a trusted output', lookUp + fetch(`${asset}.criticality`)],
  ['a number', fetch('alert.targets.hosts.size()')],
  ['a comparison', fetch('alert.title == "x"')],
  ['a choice by the alert between texts of the author', fetch('alert.title == "x" ? "a" : "b"')],
  ['the status of a step', lookUp + fetch('steps.asset.status')],
  ['a variable of the author', fetch('vars.q'), 'vars: { q: fixed }'],
  ['a digest', fetch('sha256(alert.title)')],
  ['the encoder of the place', fetch('url_encode(alert.title)')],
  ['the encoder, element by element', fetch('alert.targets.hosts.map(h, url_encode(h.id)).join("/")')],
  [
    'the encoder, further back in a variable',
    fetch('vars.q'),
    'vars: { q: "${{ url_encode(alert.title) }}" }',
  ],
  ['the element of a loop over texts of the author', inLoop('["a", "b"]', fetch('thing'))],
  ['the position in a loop', inLoop('alert.targets.hosts', fetch('index'))],
  [
    'a summary of a loop',
    inLoop('alert.targets.hosts', tell('one', 'x')) + fetch('steps.each.summary.failed'),
  ],
  ['whether a wait was in vain', waitFor + fetch('steps.verdict.outputs.timed_out')],
  ['the state that a called playbook tells', callIt + fetch('steps.child.outputs.state')],
  ['a fixed output of a called playbook', callIt + fetch('steps.child.outputs.fixed')],
  ['a field that is data', lookUp + tell('one', `\${{ ${asset}.name }}`)],
];

const codesOf = (steps: string, more = '') =>
  remarks(playbookWith(steps, more)).map((line) => line.split(' ')[1]);

describe('text from outside at a place that interprets it', () => {
  it.each(tainted)('is refused by way of %s', (_way, steps, more) => {
    const text = playbookWith(steps, more).replace(
      '  note:',
      '  title: { type: string, from: { new_alert: "${{ alert.title }}" } }\n  note:',
    );
    expect(remarks(text).map((line) => line.split(' ')[1])).toEqual(['compile/untrusted-input']);
  });

  it.each(clean)('is not seen in %s', (_way, steps, more) => {
    expect(codesOf(steps, more)).toEqual([]);
  });

  it('is refused behind the encoder of another place', () => {
    expect(codesOf(ask('url_encode(alert.title)'))).toEqual(['compile/untrusted-input']);
    expect(codesOf(ask('vars.q'), 'vars: { q: "${{ url_encode(alert.title) }}" }')).toEqual([
      'compile/untrusted-input',
    ]);
    expect(codesOf(ask('"host = 1"'))).toEqual([]);
  });

  it('is refused deeper inside an argument, also when the whole of it is one expression', () => {
    const options = (value: string) => `  - id: rows
    action: siem.run-query
    with: { query: fixed, options: ${value} }
`;
    expect(codesOf(options('{ filters: ["${{ alert.title }}"] }'))).toEqual(['compile/untrusted-input']);
    expect(codesOf(options('{ label: "${{ alert.title }}" }'))).toEqual([]);
    expect(codesOf(options('"${{ vars.o }}"'), 'vars: { o: { filters: ["${{ alert.title }}"] } }')).toEqual([
      'compile/untrusted-input',
    ]);
  });

  it('is let through where only words of a list or numbers can come', () => {
    const more = 'x-note: none';
    const text = playbookWith(fetch('inputs.kind') + fetch('inputs.days', 'other'), more).replace(
      '  note:',
      '  kind: { type: string, enum: [a, b], default: a }\n  days: { type: integer, default: 1 }\n  note:',
    );
    expect(remarks(text)).toEqual([]);
  });
});
