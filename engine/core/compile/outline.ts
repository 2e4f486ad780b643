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
  /** By author's id. Of two with the same id the first counts; the second is reported. */
  byId: ReadonlyMap<string, StepSite>;
}

export interface Block {
  role: 'steps' | 'on_failure' | 'finally' | 'then' | 'else' | 'case' | 'default' | 'branch' | 'on_error';
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
  blocks: Block[];
  onError: Block | null;
  /** Blocks around it, 0 at the top. */
  depth: number;
}

export function outlinePlaybook(source: PlaybookSource): Outline {
  const all: StepSite[] = [];
  const top = (role: 'steps' | 'on_failure' | 'finally') =>
    readBlock({ role, name: '', when: null, owner: null, steps: [] }, listField(source.root, role), 0, all);
  const blocks = { steps: top('steps'), onFailure: top('on_failure'), finally: top('finally') };
  const byId = new Map<string, StepSite>();
  for (const step of all) if (step.id !== null && !byId.has(step.id)) byId.set(step.id, step);
  return { ...blocks, all, byId };
}

function readBlock(block: Block, nodes: SourceNode[], depth: number, all: StepSite[]): Block {
  for (const node of nodes) {
    if (node.kind === 'map') block.steps.push(readStep(node, block, depth, all));
  }
  return block;
}

function readStep(node: SourceMap, block: Block, depth: number, all: StepSite[]): StepSite {
  const kind = kindOf(node);
  const id = textField(node, 'id') ?? null;
  const planId = id ?? `${kind}#${all.length + 1}`;
  const label = scalarField(node, 'id') ?? node;
  const step: StepSite = {
    node,
    kind,
    id,
    planId,
    path: `run/${planId}`,
    label,
    block,
    blocks: [],
    onError: null,
    depth,
  };
  all.push(step);
  const nest = (role: Block['role'], nodes: SourceNode[], name = '', when: SourceScalar | null = null) => {
    step.blocks.push(readBlock({ role, name, when, owner: step, steps: [] }, nodes, depth + 1, all));
  };
  switch (kind) {
    case 'if':
      nest('then', listField(node, 'then'));
      if (node.fields.has('else')) nest('else', listField(node, 'else'));
      break;
    case 'switch':
      for (const item of listField(node, 'switch')) {
        nest('case', listField(item, 'steps'), '', scalarField(item, 'when') ?? null);
      }
      if (node.fields.has('default')) nest('default', listField(node, 'default'));
      break;
    case 'parallel':
      for (const branch of mapField(node, 'parallel')?.fields.values() ?? []) {
        nest('branch', branch.value.kind === 'list' ? branch.value.items : [], branch.key);
      }
      break;
    default:
      break;
  }
  const onError = mapField(node, 'on_error');
  if (onError) {
    const handler: Block = { role: 'on_error', name: '', when: null, owner: step, steps: [] };
    step.onError = readBlock(handler, listField(onError, 'steps'), depth + 1, all);
  }
  return step;
}
