import { describe, expect, it } from 'vitest';
import { lookUp, playbookWith, remarks, tell } from './compile.ts';

/* S5: which references into outputs need a guard, and which guards count. */

const state = '${{ steps.isolate.outputs.state }}';

function isolate(more: string): string {
  return `${lookUp}  - id: isolate
    action: edr.isolate-host
    lease: 72h
    with: { host_id: H1 }
    approval: {}
${more}`;
}

const missing = [expect.stringMatching(/ compile\/maybe-missing$/)];

describe('a reference into outputs', () => {
  it.each([
    ['a step that always ran', isolate('') + tell('end', state)],
    ['a step whose failure ends the run', isolate('    on_error: fail\n') + tell('end', state)],
    ['a step whose denial ends the run', isolate('    on_denied: stop\n') + tell('end', state)],
    [
      'a guard in the same expression',
      isolate('    on_denied: continue\n') +
        tell('end', '${{ steps.isolate.status == "succeeded" ? steps.isolate.outputs.state : "no" }}'),
    ],
    [
      'an optional field',
      isolate('    on_denied: continue\n') + tell('end', '${{ steps.isolate.outputs.?state.orValue("no") }}'),
    ],
    [
      'the if of the same step',
      isolate('    on_denied: continue\n') +
        tell('end', state, '    if: steps.isolate.status == "succeeded" && inputs.note != ""\n'),
    ],
    [
      'has() in the if of the same step',
      isolate('    on_error: continue\n') + tell('end', state, '    if: has(steps.isolate.outputs.state)\n'),
    ],
    [
      'an enclosing then',
      `${isolate('    on_denied: continue\n')}  - if: steps.isolate.status == "succeeded"
    then:
      - id: end
        action: chat.post-message
        with: { text: "${state}" }
`,
    ],
    [
      'an enclosing else',
      `${isolate('    on_denied: continue\n')}  - if: steps.isolate.status != "succeeded" || inputs.note == ""
    then: []
    else:
      - id: end
        action: chat.post-message
        with: { text: "${state}" }
`,
    ],
    [
      'a case of a switch, and the default behind the opposite case',
      `${isolate('    on_denied: continue\n')}  - switch:
      - when: steps.isolate.status != "succeeded"
        steps: []
    default:
      - id: end
        action: chat.post-message
        with: { text: "${state}" }
`,
    ],
    [
      'a stop for everybody else',
      `${isolate('    on_denied: continue\n')}  - if: "!(steps.isolate.status == 'succeeded')"
    then: [{ stop: { outcome: denied } }]
${tell('end', state)}`,
    ],
    [
      'a branch of a parallel that waits for all',
      `  - id: both
    parallel:
      one:
${isolate('').replace(/^/gm, '    ').trimEnd()}
      two: []
${tell('end', state)}`,
    ],
  ])('needs no guard behind %s', (_, steps) => {
    expect(remarks(playbookWith(steps))).toEqual([]);
  });

  it.each([
    ['a step with a condition', isolate('    if: inputs.note != ""\n') + tell('end', state)],
    ['on_error: continue', isolate('    on_error: continue\n') + tell('end', state)],
    [
      'an on_error block that continues',
      isolate('    on_error: { steps: [], then: continue }\n') + tell('end', state),
    ],
    ['on_denied: continue', isolate('    on_denied: continue\n') + tell('end', state)],
    [
      'a status that proves nothing',
      isolate('    on_denied: continue\n') + tell('end', state, '    if: steps.isolate.status != "denied"\n'),
    ],
    [
      'a guard behind or',
      isolate('    on_denied: continue\n') +
        tell('end', state, '    if: steps.isolate.status == "succeeded" || inputs.note == ""\n'),
    ],
    [
      'has() on the map of outputs, which is always there',
      isolate('    on_denied: continue\n') + tell('end', state, '    if: has(steps.isolate.outputs)\n'),
    ],
    [
      'one of two branches of an if',
      `  - if: inputs.note == ""
    then:
${isolate('').replace(/^/gm, '    ').trimEnd()}
    else: []
${tell('end', state)}`,
    ],
    [
      'a race',
      `  - id: both
    parallel:
      one:
${lookUp.replace(/^/gm, '      ').trimEnd()}
      two: []
    join: any
${tell('end', '${{ steps.asset.outputs.name }}')}`,
    ],
    [
      'the on_error block of the step itself',
      isolate(`    on_error:
      steps:
        - id: page
          action: chat.post-message
          with: { text: "${state}" }
      then: fail
`),
    ],
  ])('needs a guard behind %s', (_, steps) => {
    expect(remarks(playbookWith(steps))).toEqual(missing);
  });

  it('needs a guard in outputs and on_failure: a run may end anywhere', () => {
    const more = (place: string) => playbookWith(lookUp) + place;
    expect(remarks(more('outputs: { name: "${{ steps.asset.outputs.name }}" }\n'))).toEqual(missing);
    expect(remarks(more(`on_failure:\n${tell('end', '${{ steps.asset.outputs.name }}')}`))).toEqual(missing);
    expect(remarks(more('outputs: { name: "${{ steps.asset.outputs.?name.orValue(\'\') }}" }\n'))).toEqual(
      [],
    );
  });

  it('is checked at every step a guard watches', () => {
    const guards = `guards: [{ id: servers, deny_if: 'steps.asset.outputs.role == "server"' }]`;
    const early = `  - id: first\n    action: edr.isolate-host\n    lease: 72h\n    with: { host_id: H1 }\n    approval: {}\n`;
    expect(remarks(playbookWith(isolate(''), guards))).toEqual([]);
    expect(remarks(playbookWith(early + isolate(''), guards))).toEqual([
      expect.stringMatching(/compile\/not-visible-here$/),
    ]);
  });
});
