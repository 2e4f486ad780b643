import { majorOf } from '../../contracts/action.ts';
import type { Problem } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/fix.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { ActionManifests, Rule } from '../context.ts';
import { field, mapField, type SourceScalar, scalarField } from '../source-node.ts';
import { readActionKey, systemOf } from '../step-facts.ts';

/** Every action exists, in the major that is asked for; so do the systems under `requires`. */
export const unknownAction: Rule = ({ source, outline, registry }) => [
  ...outline.all.flatMap((step) => {
    const written = step.kind === 'action' ? scalarField(step.node, 'action') : undefined;
    return typeof written?.value === 'string'
      ? checkAction(written, written.value, step.planId, { registry, text: source.text })
      : [];
  }),
  ...[...(mapField(mapField(source.root, 'requires'), 'actions')?.fields.values() ?? [])].flatMap(
    ({ key, keyAt, value }) =>
      value.kind === 'scalar' && typeof value.value === 'string'
        ? checkSystem(key, keyAt, value, value.value.replace('^', ''), { registry, text: source.text })
        : [],
  ),
];

// Guards name actions too: one that watches a key nobody has would never fire.
export const unknownGuardedAction: Rule = ({ source, registry, outline }) => {
  const guards = field(source.root, 'guards');
  if (guards?.kind !== 'list') return [];
  return guards.items.flatMap((guard) => {
    const watched = field(guard, 'applies_to');
    if (watched?.kind !== 'list') return [];
    return watched.items.flatMap((item) => {
      if (item.kind !== 'scalar' || typeof item.value !== 'string') return [];
      return checkWatched(
        item,
        item.value,
        { registry, text: source.text },
        outline.all.flatMap(({ id }) => id ?? []),
      );
    });
  });
};

/** What is installed, and the text that a fix would change. */
interface Known {
  registry: ActionManifests;
  text: string;
}

function checkAction(at: SourceScalar, written: string, step: string, known: Known): Problem[] {
  const { key, major } = readActionKey(written);
  const manifest = known.registry.get(key);
  if (!manifest) {
    if (!actionPattern.test(written)) return [];
    const message = `step "${step}" uses "${key}", which no action provides`;
    const asked = major === null ? '' : `@${major}`;
    return [unknown(at, message, key, known.registry.keys(), known.text, asked)];
  }
  if (major === null || major === majorOf(manifest)) return [];
  return [
    {
      code: 'compile/action-version',
      at: at.at,
      path: at.path,
      message: `step "${step}" asks for major ${major} of "${key}", installed is ${manifest.version}`,
      help: `write "${key}@${majorOf(manifest)}" after reading what changed`,
    },
  ];
}

// A malformed key is already reported as such.
const actionPattern = /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*(@[1-9][0-9]*)?$/;

function checkSystem(
  system: string,
  keyAt: Problem['at'],
  node: SourceScalar,
  major: string,
  { registry, text }: Known,
): Problem[] {
  const installed = [...registry.values()].filter(({ key }) => systemOf(key) === system);
  if (installed.length === 0) {
    const systems = new Set([...registry.keys()].map(systemOf));
    const message = `no installed action belongs to the system "${system}"`;
    return [unknown({ at: keyAt, path: node.path }, message, system, systems, text)];
  }
  if (installed.some((manifest) => majorOf(manifest) === major)) return [];
  return [
    {
      code: 'compile/action-version',
      at: node.at,
      path: node.path,
      message: `the playbook needs major ${major} of "${system}", which is not installed`,
    },
  ];
}

function checkWatched(
  node: SourceScalar,
  name: string,
  { registry, text }: Known,
  steps: string[],
): Problem[] {
  if (classes.includes(name) || registry.has(name) || steps.includes(name)) return [];
  if (name.includes('.'))
    return [
      unknown(node, `the guard watches "${name}", which no action provides`, name, registry.keys(), text),
    ];
  const meant = nearestName(name, [...classes, ...steps]);
  return [
    {
      code: 'compile/unknown-step',
      at: node.at,
      path: node.path,
      message: `the guard watches "${name}", which is neither an action class nor an action nor a step`,
      ...didYouMean(meant, node.at, name, text),
    },
  ];
}

const classes: readonly string[] = ['read', 'notify', 'restore', 'contain', 'eradicate'];

function unknown(
  { at, path }: Pick<SourceScalar, 'at' | 'path'>,
  message: string,
  key: string,
  known: Iterable<string>,
  text: string,
  /** The major that stands behind the key. */
  major = '',
): Problem {
  const meant = nearestName(key, known);
  const { help, fix } = didYouMean(meant === null ? null : `${meant}${major}`, at, `${key}${major}`, text);
  return {
    code: 'compile/unknown-action',
    at,
    path,
    message,
    ...(help !== undefined && { help: `did you mean "${meant}"?` }),
    ...(fix && { fix }),
  };
}
