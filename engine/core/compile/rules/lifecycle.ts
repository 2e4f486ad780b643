import type { Rule } from '../context.ts';
import { firstKeyAt, keyAt, listField, scalarField, textField } from '../source-node.ts';
import { actionSteps, defaultMode, isContainment } from '../step-facts.ts';

const boldness: Readonly<Record<string, number>> = { audit: 0, ask: 1, enforce: 2 };

/** A playbook that is still on trial does not act as if it were trusted. */
export const modeAboveStatus: Rule = ({ source }) => {
  const mode = scalarField(source.root, 'mode');
  const status = textField(source.root, 'status') ?? '';
  const usual = defaultMode(status);
  if (!mode || !(status in statuses) || (boldness[String(mode.value)] ?? 0) <= (boldness[usual] ?? 2))
    return [];
  return [
    {
      code: 'compile/mode-above-status',
      at: mode.at,
      path: mode.path,
      message: `mode ${mode.value} is bolder than status ${status} warrants`,
      help: `leave "mode" out (it is then ${usual}), or raise the status when the playbook has proved itself`,
    },
  ];
};

const statuses = { experimental: true, test: true, stable: true, deprecated: true };

/** Approvers see false positives as reasons to say no: whoever contains names some. */
export const missingFalsepositives: Rule = (context) => {
  const { root } = context.source;
  if (!actionSteps(context).some(([, manifest]) => isContainment(manifest))) return [];
  if (listField(root, 'falsepositives').length > 0) return [];
  return [
    {
      code: 'compile/missing-falsepositives',
      at: root.fields.has('falsepositives')
        ? keyAt(root, 'falsepositives')
        : (root.fields.get('title')?.keyAt ?? firstKeyAt(root)),
      path: '/falsepositives',
      message: 'the playbook contains, and names nothing that looks the same and is harmless',
      help: 'add "falsepositives:" with at least one line',
    },
  ];
};
