import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import { type ActionClass, classRank } from '../contracts/action.ts';
import type { ApprovalCard, ApprovalRequest } from '../contracts/command.ts';
import type { CallStep, ForeachStep, UndoStep } from '../contracts/plan.ts';
import type { LoopItem, UndoRecord } from '../contracts/scope.ts';
import { seededNonce } from '../run/action-key.ts';
import { childOf, describeCall } from '../run/fill-call.ts';
import { walk } from '../run/list-steps.ts';
import { runPath, stepOf, type Turn } from '../run/turn.ts';
import { recordsOf } from '../undo/undo-record.ts';
import { canonicalBytes } from './action-plan.ts';
import { approvalOf } from './approval-of.ts';
import { demandLine, isReversible, requestOf, textRenderer } from './build-request.ts';

/*
 * One question about many things: the frozen list of a `foreach`, the records of an `undo`, the run
 * that a `call` would start (language reference 5, rules 2 and 7). Field names are part of stored
 * digests and never change.
 */

/** A list longer than this is more than anybody reads; it can then only be denied. */
const listBytesMax = 256 * 1024;

export type AskedAtOnce = ForeachStep | CallStep | UndoStep;

interface Subject {
  /** What is signed, besides the run, the step and the playbook. */
  signed: JsonObject;
  happens: string;
  targets: ApprovalCard['targets'];
  arguments: ApprovalCard['arguments'];
  action: string;
  class: ActionClass;
  reversible: boolean;
  wayBack: string;
}

export function listRequest(turn: Turn, step: AskedAtOnce, askNumber: number): ApprovalRequest {
  const approval = approvalOf(turn.context, step);
  const { given, plan, nowMs } = turn.context.env;
  const subject = subjectOf(turn, step);
  const path = runPath(turn.context, step.path);
  const signed: JsonObject = {
    v: 1,
    run_id: given.runId,
    step_id: path,
    playbook: { id: plan.playbook.id, version: given.playbookVersion, sha256: given.sourceSha256 },
    ...subject.signed,
    reversible: subject.reversible,
    lease_seconds: null,
    expires_at: new Date(nowMs + approval.expiresMs).toISOString(),
    nonce: seededNonce(given.seed, path, String(askNumber)),
  };
  const texts = textRenderer(turn.context, step.path);
  const card: ApprovalCard = {
    question: approval.ask === null ? subject.happens : texts.render('ask', approval.ask),
    why: approval.why === null ? '' : texts.render('why', approval.why),
    happens: subject.happens,
    targets: subject.targets,
    reversible: subject.reversible,
    wayBack: subject.wayBack,
    arguments: subject.arguments,
    editable: [],
    evidence: [
      ...demandLine(stepOf(turn, step.path).demand),
      ...approval.evidence.map((item) => ({
        label: item.label,
        ...(item.value === undefined ? {} : { value: texts.render(item.label, item.value) }),
        ...(item.link === undefined ? {} : { link: texts.render(item.label, item.link) }),
      })),
    ],
    falsepositives: plan.playbook.falsepositives,
    action: subject.action,
    class: subject.class,
    step: path,
    stepName: step.name,
    unshowable: texts.problem(),
  };
  if (Buffer.byteLength(JSON.stringify(card), 'utf8') > listBytesMax) {
    card.unshowable = 'the list is too long to be shown in full';
  }
  return requestOf(nowMs, approval, askNumber, signed, card);
}

function subjectOf(turn: Turn, step: AskedAtOnce): Subject {
  const frozen = stepOf(turn, step.path).frozen ?? [];
  switch (step.kind) {
    case 'foreach':
      return aboutItems(step, frozen);
    case 'undo':
      return aboutRecords(turn, recordsOf(frozen));
    case 'call':
      return aboutChild(turn, step);
  }
}

function aboutItems(step: ForeachStep, items: readonly LoopItem[]): Subject {
  const actions = [...walk(step.steps, true)].flatMap((inner) => (inner.kind === 'action' ? [inner] : []));
  const effects = actions.filter((inner) => classRank[inner.action.class] > classRank.read);
  const keys = items.map((item) => item.key).toSorted();
  const names = [
    ...new Set(effects.map((inner) => `${inner.action.key}@${inner.action.version}`)),
  ].toSorted();
  const reversible = effects.every(
    (inner) => isReversible(inner) || inner.action.inverse.kind === 'not-needed',
  );
  return {
    signed: {
      action: 'foreach',
      actions: names,
      targets: keys.map((id) => ({ type: 'item', id })),
      // The keys are what people read; the elements are what the items are made from.
      items_sha256: createHash('sha256')
        .update(canonicalBytes({ items: items.map((item) => item.value) }))
        .digest('hex'),
    },
    happens: `${step.name}: ${items.length} items, each: ${effects.map((inner) => inner.name).join(', ') || 'nothing that changes a target'}.`,
    targets: keys.map((id) => ({ kind: 'item', id, name: null })),
    arguments: effects.map((inner) => ({ name: inner.id, value: inner.action.effectSentence })),
    action: names.join(', '),
    class: strongest(effects.map((inner) => inner.action.class)),
    reversible,
    wayBack: reversible ? 'Each item can be taken back.' : 'Not everything of it can be taken back.',
  };
}

function aboutRecords(turn: Turn, records: readonly UndoRecord[]): Subject {
  const { inverses } = turn.context.env.plan;
  const rows = records.map((record): { [field: string]: Json } => ({
    record: record.id,
    step: record.stepPath,
    action: record.action,
    target: record.target === null ? null : { ...record.target },
    origin: record.origin,
    inverse: 'action' in record.inverse ? record.inverse.action : null,
    arguments: 'action' in record.inverse ? record.inverse.arguments : {},
    connection: record.connection,
    generation: record.generation,
  }));
  const classes = records.flatMap((record) =>
    'action' in record.inverse ? (inverses[record.inverse.action]?.class ?? []) : [],
  );
  return {
    signed: {
      action: 'undo',
      targets: rows.map((row) => ({ type: 'record', id: row.record ?? '' })),
      records: rows,
    },
    happens: `${records.length} ${records.length === 1 ? 'action is' : 'actions are'} taken back, newest first.`,
    targets: records.flatMap((record) => (record.target === null ? [] : [{ ...record.target, name: null }])),
    arguments: rows.map((row, index) => ({ name: records[index]?.stepName ?? '', value: row })),
    action: [...new Set(rows.flatMap((row) => (typeof row.inverse === 'string' ? [row.inverse] : [])))].join(
      ', ',
    ),
    class: strongest(classes),
    reversible: false,
    wayBack: 'What is taken back can be done again by a new run.',
  };
}

function aboutChild(turn: Turn, step: CallStep): Subject {
  const child = childOf(turn, step);
  const { inputs } = describeCall(turn, step);
  return {
    signed: {
      action: 'call',
      child: { id: step.playbook, version: child?.version ?? '', digest: child?.digest ?? '' },
      params: inputs,
      attach: step.attach,
      targets: [],
    },
    happens: `The playbook "${child?.title ?? step.playbook}" (${child?.version ?? ''}) runs with these inputs.`,
    targets: [],
    arguments: Object.entries(inputs).map(([name, value]) => ({ name, value })),
    action: `call ${step.playbook}`,
    class: child?.impact ?? 'eradicate',
    reversible: step.attach,
    wayBack: step.attach
      ? 'What it does joins the undo list of this run.'
      : 'It is a run of its own and is taken back there.',
  };
}

function strongest(classes: readonly ActionClass[]): ActionClass {
  return classes.reduce<ActionClass>(
    (most, each) => (classRank[each] > classRank[most] ? each : most),
    'read',
  );
}
