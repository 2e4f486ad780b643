import {
  listField,
  mapField,
  type PlaybookSource,
  type SourceMap,
  type SourceNode,
  type SourceScalar,
  scalarField,
  textField,
} from './source-node.ts';
import { kindOf, type WrittenKind } from './step-kind.ts';

/*
 * The steps of a file as a tree of blocks, with ids and paths. Tolerant: what is malformed stays
 * in as `unclear`, so that one slip does not hide the other mistakes. Decides nothing.
 */

export interface Outline {
  steps: Block;
  onFailure: Block;
  finally: Block;
  /** Every step in document order. */
  all: StepSite[];
  /** The run's own body; those of loops hang below it. */
  body: Body;
}

/**
 * One space of step ids (S1): the run with everything nested in `if`, `switch`, `parallel` and
 * `on_error`, or what one `foreach` or `repeat` repeats.
 */
export interface Body {
  /** `run`, or the path of the loop. Paths of its steps continue it. */
  path: string;
  owner: StepSite | null;
  outer: Body | null;
  /** By author's id. Of two with the same id the first counts; the second is reported. */
  byId: Map<string, StepSite>;
}

/** The step an id means in a body: its own, or one of the bodies around it (S2). */
export function findStep(id: string, body: Body): StepSite | undefined {
  for (let at: Body | null = body; at; at = at.outer) {
    const step = at.byId.get(id);
    if (step) return step;
  }
  return undefined;
}

export interface Block {
  role:
    | 'steps'
    | 'on_failure'
    | 'finally'
    | 'then'
    | 'else'
    | 'case'
    | 'default'
    | 'branch'
    | 'body'
    | 'on_error';
  /** Branch name; the empty text elsewhere. */
  name: string;
  /** Condition of a case. */
  when: SourceScalar | null;
  owner: StepSite | null;
  steps: StepSite[];
}

export interface StepSite {
  node: SourceMap;
  kind: WrittenKind;
  /** The author's id; null when there is none. */
  id: string | null;
  /** The author's id or a positional one such as `if#3`, which expressions cannot name. */
  planId: string;
  path: string;
  /** Where people look for the step: its id, else its first key. */
  label: SourceNode;
  block: Block;
  /** Whose ids it shares. */
  body: Body;
  /** What a `foreach` or `repeat` repeats. */
  inner: Body | null;
  blocks: Block[];
  onError: Block | null;
  /** Blocks around it, 0 at the top. */
  depth: number;
}

export function outlinePlaybook(source: PlaybookSource): Outline {
  const all: StepSite[] = [];
  const body: Body = { path: 'run', owner: null, outer: null, byId: new Map() };
  const top = (role: 'steps' | 'on_failure' | 'finally') => {
    const block: Block = { role, name: '', when: null, owner: null, steps: [] };
    return readBlock(block, listField(source.root, role), { body, depth: 0, all });
  };
  const blocks = { steps: top('steps'), onFailure: top('on_failure'), finally: top('finally') };
  return { ...blocks, all, body };
}

interface Around {
  body: Body;
  depth: number;
  all: StepSite[];
}

function readBlock(block: Block, nodes: SourceNode[], around: Around): Block {
  for (const node of nodes) {
    if (node.kind === 'map') block.steps.push(readStep(node, block, around));
  }
  return block;
}

function readStep(node: SourceMap, block: Block, around: Around): StepSite {
  const { body, depth, all } = around;
  const kind = kindOf(node);
  const id = textField(node, 'id') ?? null;
  const planId = id ?? `${kind}#${all.length + 1}`;
  const step: StepSite = {
    node,
    kind,
    id,
    planId,
    path: `${body.path}/${planId}`,
    label: scalarField(node, 'id') ?? node,
    block,
    body,
    inner: null,
    blocks: [],
    onError: null,
    depth,
  };
  all.push(step);
  if (id !== null && !body.byId.has(id)) body.byId.set(id, step);
  readBlocks(step, { body, depth: depth + 1, all });
  const onError = mapField(node, 'on_error');
  if (onError) {
    const handler: Block = { role: 'on_error', name: '', when: null, owner: step, steps: [] };
    step.onError = readBlock(handler, listField(onError, 'steps'), { body, depth: depth + 1, all });
  }
  return step;
}

function readBlocks(step: StepSite, around: Around): void {
  const { node } = step;
  const nest = (role: Block['role'], nodes: SourceNode[], more: Partial<Block> & { body?: Body } = {}) => {
    const { body = around.body, ...given } = more;
    const block: Block = { role, name: '', when: null, owner: step, steps: [], ...given };
    step.blocks.push(readBlock(block, nodes, { ...around, body }));
  };
  switch (step.kind) {
    case 'if':
      nest('then', listField(node, 'then'));
      if (node.fields.has('else')) nest('else', listField(node, 'else'));
      break;
    case 'switch':
      for (const item of listField(node, 'switch'))
        nest('case', listField(item, 'steps'), { when: scalarField(item, 'when') ?? null });
      if (node.fields.has('default')) nest('default', listField(node, 'default'));
      break;
    case 'parallel':
      for (const { key, value } of mapField(node, 'parallel')?.fields.values() ?? [])
        nest('branch', value.kind === 'list' ? value.items : [], { name: key });
      break;
    case 'foreach':
    case 'repeat': {
      step.inner = { path: step.path, owner: step, outer: around.body, byId: new Map() };
      nest('body', listField(node, 'steps'), { body: step.inner });
      break;
    }
    default:
      break;
  }
}
