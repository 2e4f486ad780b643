import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import type { ActionManifest } from '../contracts/action.ts';
import { templatedSchema } from './templated-schema.ts';

/**
 * The schema of the language together with the installed actions: which keys there are, what each does, and
 * what `with` takes, one `if`/`then` per action. For editors and `riposte schema`; the compiler has its own,
 * more precise words for the same mistakes.
 */
export function playbookSchema(language: JsonObject, manifests: readonly ActionManifest[]): JsonObject {
  const sorted = [...manifests].sort((a, b) => (a.key < b.key ? -1 : 1));
  const definitions = objectAt(language, '$defs');
  const step = objectAt(definitions, 'step');
  return {
    ...language,
    $defs: {
      ...definitions,
      action_key: actionKey(sorted),
      guard: withGuardedNames(objectAt(definitions, 'guard'), sorted),
      step: { ...step, allOf: [...listAt(step, 'allOf'), ...sorted.map(argumentsOf)] },
    },
  };
}

/**
 * Every key, and again with its major: both are allowed, and an editor offers both. Alternatives and not one
 * `enum`: an editor shows the words of the one that is written there, and not of all.
 */
function actionKey(manifests: readonly ActionManifest[]): JsonObject {
  const spellings = [
    ...manifests.map((manifest) => ({ key: manifest.key, manifest })),
    ...manifests.map((manifest) => ({ key: pinned(manifest), manifest })),
  ];
  return {
    type: 'string',
    anyOf: spellings.map(({ key, manifest }) => ({
      const: key,
      title: key,
      markdownDescription: describeAction(manifest),
    })),
  };
}

function pinned({ key, version }: ActionManifest): string {
  return `${key}@${version.split('.', 1)[0]}`;
}

/** What an author wants to know before choosing it: what it does to the world and whether it can be taken back. */
export function describeAction(manifest: ActionManifest): string {
  const { inverse } = manifest;
  const back =
    inverse.kind === 'action'
      ? `Taken back by \`${inverse.action}\`.`
      : inverse.kind === 'irreversible'
        ? `**Cannot be taken back**: ${inverse.reason}`
        : '';
  return [
    `**${manifest.title}** (${manifest.class}, ${manifest.version})`,
    manifest.description,
    manifest.effectSentence.replace(/^\{name\}/, 'The target').replace('{name}', 'the target'),
    back,
    manifest.deprecated ? `**Do not use in new playbooks**: ${manifest.deprecated.reason}` : '',
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}

function argumentsOf(manifest: ActionManifest): JsonObject {
  const { key, input, output } = manifest;
  const required = listAt(input, 'required').map(String);
  const takes = Object.keys(objectAt(input, 'properties'));
  const gives = Object.keys(objectAt(output, 'properties'));
  const properties: JsonObject = {
    with: {
      ...objectAt({ schema: templatedSchema(input) }, 'schema'),
      title: key,
      markdownDescription: describeAction(manifest),
      defaultSnippets: [
        {
          label: `with: ${key}`,
          description: 'The arguments it needs',
          body: Object.fromEntries(required.map((name, at) => [name, `\${${at + 1}:${name}}`])),
        },
      ],
    },
  };
  if (gives.length > 0) properties.mask = { items: { enum: gives } };
  if (takes.length > 0) properties.approval = { properties: { editable: { items: { enum: takes } } } };
  return {
    if: { type: 'object', required: ['action'], properties: { action: { enum: [key, pinned(manifest)] } } },
    then: { ...(required.length > 0 && { required: ['with'] }), properties },
  };
}

/** Classes and keys are offered; step ids are allowed too, so nothing is refused. */
function withGuardedNames(guard: JsonObject, manifests: readonly ActionManifest[]): JsonObject {
  const properties = objectAt(guard, 'properties');
  const appliesTo = objectAt(properties, 'applies_to');
  const examples = ['contain', 'eradicate', 'restore', 'notify', 'read', ...manifests.map(({ key }) => key)];
  return {
    ...guard,
    properties: {
      ...properties,
      applies_to: { ...appliesTo, items: { ...objectAt(appliesTo, 'items'), examples } },
    },
  };
}

function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  return isJsonObject(value) ? value : {};
}

function listAt(parent: JsonObject, key: string): Json[] {
  const value = parent[key];
  return Array.isArray(value) ? value : [];
}
