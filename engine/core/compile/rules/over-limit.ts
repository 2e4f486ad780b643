import type { Problem } from '../../diagnostics/diagnostic.ts';
import type { Rule } from '../context.ts';
import { readDuration } from '../read-duration.ts';
import {
  field,
  listField,
  mapField,
  type SourceMap,
  type SourceNode,
  scalarField,
  textField,
} from '../source-node.ts';

// 9.16: 200 steps keep a plan readable and a snapshot small; six levels are what a page can show.
const stepsMax = 200;
const nestingMax = 6;

const minute = 60_000;
const day = 24 * 60 * minute;

/** The limits of 9.7 and 9.16 that the schema cannot know: counts over the file, and durations. */
export const overLimit: Rule = ({ source, outline }) => {
  const problems: Problem[] = [];
  const extra = outline.all[stepsMax];
  if (extra) {
    problems.push({
      code: 'compile/over-limit',
      at: extra.label.at,
      path: extra.node.path,
      message: `the playbook has ${outline.all.length} steps; at most ${stepsMax} are allowed`,
      help: 'split it',
    });
  }
  const deep = outline.all.find(({ depth }) => depth > nestingMax);
  if (deep) {
    problems.push({
      code: 'compile/over-limit',
      at: deep.label.at,
      path: deep.node.path,
      message: `step "${deep.planId}" is nested ${deep.depth} blocks deep; at most ${nestingMax} are allowed`,
    });
  }
  problems.push(...bounded(source.root, 'timeout', 90 * day, '90d'));
  problems.push(...bounded(mapField(source.root, 'dedupe'), 'window', 90 * day, '90d'));
  const defaults = mapField(source.root, 'defaults');
  problems.push(
    ...retryLimits(mapField(defaults, 'retry')),
    ...approvalLimits(mapField(defaults, 'approval')),
  );
  for (const guard of listField(source.root, 'guards'))
    problems.push(...bounded(mapField(guard, 'limit'), 'per', 90 * day, '90d'));
  for (const { node } of outline.all) problems.push(...stepLimits(node));
  return problems;
};

/** Fields that a kind does not have are not there: their place in the list needs no condition. */
function stepLimits(node: SourceMap): Problem[] {
  const wait = mapField(node, 'wait');
  return [
    ...bounded(node, 'timeout', 15 * minute, '15m'),
    ...bounded(node, 'deadline', 7 * day, '7d'),
    ...retryLimits(mapField(node, 'retry')),
    ...approvalLimits(mapField(node, 'approval')),
    ...bounded(node, 'wait', 90 * day, '90d'),
    ...bounded(wait, 'timeout', 90 * day, '90d'),
    ...bounded(mapField(node, 'repeat'), 'every', 7 * day, '7d'),
    ...leaseLimits(node),
  ];
}

function leaseLimits(node: SourceMap): Problem[] {
  const lease = mapField(node, 'lease');
  const problems = [
    ...bounded(node, 'lease', 365 * day, '365d'),
    ...bounded(lease, 'for', 365 * day, '365d'),
  ];
  const warn = scalarField(lease, 'warn');
  const forMs = readDuration(textField(lease, 'for') ?? '');
  const warnMs = typeof warn?.value === 'string' ? readDuration(warn.value) : null;
  if (!warn || forMs === null || warnMs === null || warnMs < forMs) return problems;
  return [
    ...problems,
    {
      code: 'compile/invalid-value',
      at: warn.at,
      path: warn.path,
      message: `the warning comes ${warn.value} before the end of a lease of ${textField(lease, 'for')}`,
    },
  ];
}

function retryLimits(retry: SourceNode | undefined): Problem[] {
  return [...bounded(retry, 'initial', 60 * minute, '1h'), ...bounded(retry, 'max', day, '1d')];
}

function approvalLimits(approval: SourceNode | undefined): Problem[] {
  const problems = bounded(approval, 'expires', 7 * day, '7d');
  const escalate = field(approval, 'escalate');
  if (escalate?.kind !== 'list') return problems;
  return [...problems, ...escalate.items.flatMap((item) => bounded(item, 'after', 7 * day, '7d'))];
}

function bounded(node: SourceNode | undefined, key: string, maxMs: number, max: string): Problem[] {
  const scalar = scalarField(node, key);
  const ms = typeof scalar?.value === 'string' ? readDuration(scalar.value) : null;
  if (!scalar || ms === null) return [];
  const place = { at: scalar.at, path: scalar.path };
  if (ms > maxMs)
    return [
      {
        ...place,
        code: 'compile/over-limit',
        message: `"${key}" is ${scalar.value}; at most ${max} are allowed`,
      },
    ];
  if (ms === 0)
    return [{ ...place, code: 'compile/invalid-value', message: `"${key}" must be longer than nothing` }];
  return [];
}
