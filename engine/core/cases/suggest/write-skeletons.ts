import type { Case, Cases, Given } from '../../../../schemas/cases-v1.generated.ts';
import type { Json } from '../../../../schemas/json.ts';
import { isSameValue } from '../same-value.ts';
import { writeCases } from '../write-cases.ts';
import { caseOf, type Script } from './script.ts';

/*
 * Suggested cases as a file of kind cases/v1: what all share once, each case with what it changes, the
 * reason beside each as a comment. Nothing of it is decided here.
 */
export interface Skeleton {
  name: string;
  script: Script;
  /** Above the case, one line each. */
  remarks: readonly string[];
  /** Names of answers that were asked for. */
  answered: ReadonlySet<string>;
}

export interface SkeletonFile {
  playbook: string;
  /** What the file beside the playbook shares already; null when there is none. */
  shared: Given | null;
  skeletons: readonly Skeleton[];
  /** At the end: what no case was found for. */
  leftOver: readonly string[];
}

export function writeSkeletons({ playbook, shared, skeletons, leftOver }: SkeletonFile): string {
  const common = shared ?? sharedBy(skeletons);
  const cases = skeletons.map((each) => plainCase(each, common));
  const file: Cases = { kind: 'cases/v1', playbook, ...(isEmpty(common) ? {} : { given: common }), cases };
  return writeCases(file, { above: skeletons.map(({ remarks }) => remarks), below: leftOver });
}

function plainCase({ name, script, answered }: Skeleton, common: Given): Case {
  const { given, decisions, signals } = caseOf(script, name, '');
  const own = differences(given, common, answered);
  return {
    name,
    ...(isEmpty(own) ? {} : { given: own }),
    ...(signals.length === 0 ? {} : { signals }),
    ...(decisions.length === 0 ? {} : { decisions }),
    expect: 'record',
  };
}

/** What a case says beyond what it shares; answers that nobody asked for are left out. */
function differences(given: Given, common: Given, answered: ReadonlySet<string>): Given {
  const own: Given = {};
  for (const [field, value] of Object.entries(given) as [keyof Given, Json | undefined][]) {
    if (value === undefined || isSameValue(value, common[field] as Json | undefined)) continue;
    if (field === 'actions' || field === 'inputs' || field === 'used' || field === 'people') {
      const named = Object.entries(value as { [name: string]: Json }).filter(
        ([name, each]) =>
          (field !== 'actions' || answered.has(name)) &&
          !isSameValue(each, (common[field] as { [name: string]: Json } | undefined)?.[name]),
      );
      if (named.length > 0) Object.assign(own, { [field]: Object.fromEntries(named) });
    } else Object.assign(own, { [field]: value });
  }
  return own;
}

/** What the first case says, without what some case does not share or nobody asks for. */
function sharedBy(skeletons: readonly Skeleton[]): Given {
  const [first] = skeletons;
  if (first === undefined) return {};
  const { given } = first.script;
  const all = new Set(skeletons.flatMap(({ answered }) => [...answered]));
  // Named by action: a step's own answer is what makes a case.
  const actions = Object.entries(given.actions ?? {}).filter(([name]) => name.includes('.') && all.has(name));
  const same = (field: 'alert' | 'trigger' | 'target' | 'clock') =>
    given[field] !== undefined &&
    skeletons.every(({ script }) => isSameValue(script.given[field] as Json, given[field] as Json));
  const plain = (['clock', 'alert', 'trigger', 'target'] as const).filter(same);
  const inputs = Object.entries(given.inputs ?? {}).filter(([name, value]) =>
    skeletons.every(({ script }) => {
      const { inputs: mine } = script.given;
      // A case cannot take an input away again.
      return mine !== undefined && Object.hasOwn(mine, name) && isSameValue(mine[name], value);
    }),
  );
  return {
    ...Object.fromEntries(plain.map((field) => [field, given[field]])),
    ...(inputs.length > 0 ? { inputs: Object.fromEntries(inputs) } : {}),
    ...(actions.length > 0 ? { actions: Object.fromEntries(actions) } : {}),
  };
}

function isEmpty(given: Given): boolean {
  return Object.keys(given).length === 0;
}
