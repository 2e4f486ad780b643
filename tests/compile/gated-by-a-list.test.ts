import { expect, it } from 'vitest';
import { playbookWith, remarks } from './compile.ts';

/* A loop with an approval asks once for all of its items (language reference 5, rule 7). */

const isolate = (pad: string) =>
  `${pad}- { id: isolate, action: edr.isolate-host, lease: 72h, with: { host_id: H1 } }\n`;

const loop = (approval: string, steps: string, more = '') => `  - id: each_host
    foreach: alert.targets.hosts
    key: item.id
    max_items: 5
${approval}    steps:
${steps}${more}`;

const asks = '    approval: { approvers: [group:soc] }\n';

const bold = (steps: string) =>
  remarks(playbookWith(steps).replace('experimental', 'stable')).map((each) => each.split(' ')[1]);

it('a containment in a loop is gated by the approval of the loop, and by nothing less', () => {
  const repeated = `      - id: again
        repeat: { until: inputs.note == "", max: 2 }
        steps:
${isolate('          ')}`;
  expect(bold(loop(asks, isolate('      ')))).toEqual([]);
  expect(bold(loop(asks, repeated))).toEqual([]);
  expect(bold(loop('', isolate('      ')))).toEqual(['compile/ungated-containment']);
});

it('what a loop does when it fails is not among what it asked about', () => {
  const tell = '      - { id: tell, action: chat.post-message, with: { text: Hello } }\n';
  const handled = loop(asks, tell, `    on_error:\n      then: fail\n      steps:\n${isolate('        ')}`);
  expect(bold(handled)).toEqual(['compile/ungated-containment']);
});
