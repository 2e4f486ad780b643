import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import { type CodeEntry, codes } from '../../../schemas/codes.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import { code, page, plain, table } from './markdown.ts';
import { type Field, fieldsOf } from './schema-words.ts';

/*
 * The reference of the language, made from what the compiler and the editors read: the schema, the installed
 * actions and the code catalogue. What is written there is what holds; nothing is told twice.
 */

export function languagePage(schema: JsonObject, manifests: readonly ActionManifest[]): string {
  const definitions = objectAt(schema, '$defs');
  const definition = (name: string) => objectAt(definitions, name);
  const fields = (of: JsonObject) => fieldTable(fieldsOf(of, definitions));
  const step = definition('step');
  const kinds = kindsOf(step);
  const common = kinds[0]?.keys.filter((key) => kinds.every((kind) => kind.keys.includes(key))) ?? [];
  const stepFields = fieldsOf(step, definitions);
  const named = (names: readonly string[], required: readonly string[] = []) =>
    fieldTable(
      stepFields
        .filter(({ name }) => names.includes(name.split(/[.[]/, 1)[0] ?? ''))
        // Which fields a step needs depends on its kind; what they hold inside does not.
        .map((field) =>
          /[.[]/.test(field.name) ? field : { ...field, required: required.includes(field.name) },
        ),
    );
  return page([
    '# The playbook language',
    'Written by `npm run reference` from the schema, the installed actions and the code catalogue; change those instead. Begin with [TUTORIAL.md](TUTORIAL.md). Unknown keys are errors, except those that begin with `x-`, which are kept and ignored.',
    ['A playbook', fields(schema)],
    ...['trigger', 'input', 'guard', 'approval', 'approval_defaults', 'retry'].map(
      (name): [string, string] => [heading(name), fields(definition(name))],
    ),
    ['On error', text(definition('on_error').markdownDescription)],
    ['Step', `A step is of one kind: the key that names it. Every step may have these.\n\n${named(common)}`],
    ...kinds.map((kind): [string, string] => [
      kind.name === 'then' ? 'Step: if' : `Step: ${kind.name}`,
      [
        snippet(step, kind.name),
        named(
          kind.keys.filter((key) => !common.includes(key)),
          kind.required,
        ),
      ]
        .filter((part) => part !== '')
        .join('\n\n'),
    ]),
    ['Forms', table(['Word', 'Form'], formRows(definitions))],
    [
      'Actions',
      `${endpointsNote}\n\n${table(
        ['Action', 'What it does', 'Class', 'On', 'Taken back by', 'Takes'],
        manifests.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(actionRow),
      )}`,
    ],
    [
      'Codes',
      `\`riposte explain <code>\` shows the page of one.\n\n${table(['Code', 'Severity', 'Says'], Object.entries(codes).map(codeRow))}`,
    ],
  ]);
}

const endpointsNote =
  'An installation may have more: what its operator describes of a system without a connector are actions as well (`actions/http/README.md`). `riposte check` knows them where `RIPOSTE_CONNECTIONS` names the file with the connections.';

const text = (value: Json | undefined) => (typeof value === 'string' ? value : '');
const heading = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('_', ' ')}`;

function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  return isJsonObject(value) ? value : {};
}

function fieldTable(fields: readonly Field[]): string {
  return table(
    ['Field', 'Required', 'Type', 'Meaning'],
    fields.map(({ name, required, type, meaning }) => [code(name), required ? 'yes' : '', type, meaning]),
  );
}

interface Kind {
  name: string;
  required: string[];
  keys: string[];
}

/** Each kind has one condition in the schema, which says which keys it takes and which it needs. */
function kindsOf(step: JsonObject): Kind[] {
  const rules = Array.isArray(step.allOf) ? step.allOf.filter(isJsonObject) : [];
  return rules.flatMap((rule) => {
    const then = objectAt(rule, 'then');
    const [choice] = Array.isArray(objectAt(then, 'propertyNames').anyOf)
      ? (objectAt(then, 'propertyNames').anyOf as Json[])
      : [];
    const asked = objectAt(rule, 'if').required;
    if (!isJsonObject(choice) || !Array.isArray(choice.enum) || !Array.isArray(asked)) return [];
    const name = String(asked[0]);
    const needs = Array.isArray(then.required) ? then.required.map(String) : [];
    return [{ name, required: [name, ...needs], keys: choice.enum.map(String) }];
  });
}

/** What the words of a snippet say about the kind. */
function snippet(step: JsonObject, kind: string): string {
  const snippets = Array.isArray(step.defaultSnippets) ? step.defaultSnippets.filter(isJsonObject) : [];
  const found = snippets.find(({ body }) => isJsonObject(body) && Object.hasOwn(body, kind));
  return found === undefined ? '' : `${text(found.description)}.`;
}

function formRows(definitions: JsonObject): string[][] {
  return ['name', 'duration', 'date', 'expression', 'text', 'value', 'person_or_group', 'action_key'].map(
    (name) => {
      const { markdownDescription, patternErrorMessage, examples } = objectAt(definitions, name);
      const shown = Array.isArray(examples)
        ? `e.g. ${examples.map((example) => code(String(example))).join(', ')}`
        : '';
      return [
        name.replaceAll('_', ' '),
        [text(markdownDescription) || text(patternErrorMessage), shown]
          .filter((part) => part !== '')
          .join(' '),
      ];
    },
  );
}

function actionRow(manifest: ActionManifest): string[] {
  const { inverse, input, target } = manifest;
  const required = Array.isArray(input.required) ? input.required : [];
  const takes = Object.keys(objectAt(input, 'properties'));
  return [
    code(manifest.key),
    plain(manifest.title),
    manifest.class,
    target?.kind ?? '',
    inverse.kind === 'action' ? code(inverse.action) : inverse.kind === 'irreversible' ? 'never' : '',
    takes.map((name) => `${code(name)}${required.includes(name) ? '' : '?'}`).join(' '),
  ];
}

function codeRow([name, entry]: [string, CodeEntry]): string[] {
  return [code(name), entry.severity ?? '', plain(entry.summary)];
}
