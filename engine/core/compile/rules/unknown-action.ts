import type { Problem } from '../../diagnostics/diagnostic.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { ActionManifests, Rule } from '../context.ts';
import { field, mapField, type SourceScalar, scalarField } from '../source-node.ts';
import { majorOf, readActionKey, systemOf } from '../step-facts.ts';

/** Every action exists, in the major that is asked for; so do the systems under `requires`. */
export const unknownAction: Rule = ({ source, outline, registry }) => [
  ...outline.all.flatMap((step) => {
    const written = step.kind === 'action' ? scalarField(step.node, 'action') : undefined;
    return typeof written?.value === 'string'
      ? checkAction(written, written.value, step.planId, registry)
      : [];
  }),
  ...[...(mapField(mapField(source.root, 'requires'), 'actions')?.fields.values() ?? [])].flatMap(
    ({ key, keyAt, value }) =>
      value.kind === 'scalar' && typeof value.value === 'string'
        ? checkSystem(key, keyAt, value, value.value.replace('^', ''), registry)
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
        registry,
        outline.all.flatMap(({ id }) => id ?? []),
      );
    });
  });
};

function checkAction(at: SourceScalar, written: string, step: string, registry: ActionManifests): Problem[] {
  const { key, major } = readActionKey(written);
  const manifest = registry.get(key);
  if (!manifest)
    return actionPattern.test(written)
      ? [unknown(at, `step "${step}" uses "${key}", which no action provides`, key, registry.keys())]
      : [];
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
  registry: ActionManifests,
): Problem[] {
  const installed = [...registry.values()].filter(({ key }) => systemOf(key) === system);
  if (installed.length === 0) {
    const systems = new Set([...registry.keys()].map(systemOf));
    const problem = unknown(node, `no installed action belongs to the system "${system}"`, system, systems);
    return [{ ...problem, at: keyAt }];
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
  registry: ActionManifests,
  steps: string[],
): Problem[] {
  if (classes.includes(name) || registry.has(name) || steps.includes(name)) return [];
  if (name.includes('.'))
    return [unknown(node, `the guard watches "${name}", which no action provides`, name, registry.keys())];
  const meant = nearestName(name, [...classes, ...steps]);
  return [
    {
      code: 'compile/unknown-step',
      at: node.at,
      path: node.path,
      message: `the guard watches "${name}", which is neither an action class nor an action nor a step`,
      ...(meant !== null && { help: `did you mean "${meant}"?` }),
    },
  ];
}

const classes: readonly string[] = ['read', 'notify', 'restore', 'contain', 'eradicate'];

function unknown(node: SourceScalar, message: string, key: string, known: Iterable<string>): Problem {
  const meant = nearestName(key, known);
  return {
    code: 'compile/unknown-action',
    at: node.at,
    path: node.path,
    message,
    ...(meant !== null && { help: `did you mean "${meant}"?` }),
  };
}
