import type { ActionManifests, CheckableManifest } from '../../engine/core/compile/context.ts';
import type { ActionManifest } from '../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../schemas/json.ts';

/*
 * A small catalogue for compiler tests, so that golden plans change with the compiler and not
 * with a vendor. Written short: `text?` is an optional string, `text` a required one.
 */

type Words = { [field: string]: string };

function shape(words: Words, examples?: JsonObject): JsonObject {
  const required = Object.keys(words).filter((name) => !words[name]?.endsWith('?'));
  const properties = Object.fromEntries(
    Object.entries(words).map(([name, word]) => [name, schemaOf(word.replace('?', ''))]),
  );
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length > 0 && { required }),
    properties,
    ...(examples && { examples: [examples] }),
  };
}

function schemaOf(word: string): JsonObject {
  if (word.includes('|')) return { enum: word.split('|') };
  if (word === 'texts') return { type: 'array', items: { type: 'string' } };
  if (word === 'messages') {
    return {
      type: 'array',
      items: { type: 'object', properties: { id: { type: 'string' }, mailbox: { type: 'string' } } },
    };
  }
  return { type: { text: 'string', whole: 'integer', flag: 'boolean' }[word] ?? 'string' };
}

type Brief = Pick<ActionManifest, 'key' | 'title' | 'class'> & {
  input: Words;
  output: Words;
  example: JsonObject;
} & Partial<
    Pick<
      CheckableManifest,
      | 'target'
      | 'effect'
      | 'idempotent'
      | 'inverse'
      | 'effectSentence'
      | 'facts'
      | 'canCheck'
      | 'canTell'
      | 'untrusted'
      | 'deprecated'
    >
  >;

function manifest(brief: Brief): CheckableManifest {
  const { input, output, example, ...rest } = brief;
  return {
    version: '1.2.0',
    description: rest.title,
    input: shape(input),
    output: shape(output, example),
    effectSentence: `${rest.title} {name}.`,
    idempotent: rest.class === 'notify' ? 'no' : 'native',
    inverse: { kind: 'not-needed' },
    secrets: [],
    permissions: [],
    failureCodes: ['throttled', 'unavailable', 'timeout'],
    timeoutMs: 60_000,
    docs: [],
    canCheck: false,
    ...rest,
  };
}

const manifests: CheckableManifest[] = [
  manifest({
    key: 'inventory.get-host',
    title: 'Look a host up',
    class: 'read',
    input: { host_id: 'text' },
    output: {
      name: 'text',
      role: 'text',
      criticality: 'text',
      tags: 'texts',
      services: 'texts',
      users: 'texts',
      owner: 'text?',
    },
    example: { name: 'WS-1', role: 'workstation', criticality: 'low', tags: [], services: [], users: [] },
    target: { argument: 'host_id', kind: 'host' },
    facts: { name: 'name', role: 'role', criticality: 'criticality', tags: 'tags' },
    untrusted: ['name', 'tags'],
  }),
  manifest({
    key: 'edr.isolate-host',
    title: 'Isolate a host',
    class: 'contain',
    input: { host_id: 'text', scope: 'full|selective?', comment: 'text?' },
    output: { state: 'text', action_id: 'text?' },
    example: { state: 'isolated' },
    target: { argument: 'host_id', kind: 'host' },
    effect: 'network-isolated',
    effectSentence: 'Network access of {name} is cut except to the EDR service.',
    idempotent: 'check-then-act',
    inverse: { kind: 'action', action: 'edr.release-host', arguments: { host_id: 'host_id' } },
    canCheck: true,
  }),
  manifest({
    key: 'edr.release-host',
    title: 'Release a host',
    class: 'restore',
    input: { host_id: 'text', comment: 'text?' },
    output: { state: 'text' },
    example: { state: 'released' },
    target: { argument: 'host_id', kind: 'host' },
    idempotent: 'check-then-act',
    inverse: { kind: 'action', action: 'edr.isolate-host', arguments: { host_id: 'host_id' } },
    canCheck: true,
  }),
  manifest({
    key: 'edr.collect-package',
    title: 'Collect an investigation package',
    class: 'notify',
    input: { host_id: 'text' },
    output: { url: 'text?' },
    example: {},
    target: { argument: 'host_id', kind: 'host' },
  }),
  manifest({
    key: 'chat.post-message',
    title: 'Post a message',
    class: 'notify',
    input: { channel: 'text?', user: 'text?', text: 'text' },
    output: {},
    example: {},
  }),
  manifest({
    key: 'incident.add-comment',
    title: 'Comment on an incident',
    class: 'notify',
    input: { incident_id: 'text', text: 'text' },
    output: {},
    example: {},
    target: { argument: 'incident_id', kind: 'incident' },
  }),
  manifest({
    key: 'mail.search-messages',
    title: 'Search messages',
    class: 'read',
    input: { sender: 'text', subject: 'text?', received_within: 'text?', limit: 'whole?' },
    output: { messages: 'messages', mailbox_count: 'whole', read_count: 'whole', link_domains: 'texts' },
    example: { messages: [], mailbox_count: 0, read_count: 0, link_domains: [] },
  }),
  manifest({
    key: 'mail.block-sender',
    title: 'Block a sender',
    class: 'contain',
    input: { sender: 'text', days: 'whole?' },
    output: { entry_id: 'text?' },
    example: {},
    idempotent: 'no',
  }),
  manifest({
    key: 'directory.get-user',
    title: 'Look a user up',
    class: 'read',
    input: { user_id: 'text' },
    output: {
      upn: 'text',
      display_name: 'text',
      title: 'text?',
      is_privileged: 'flag',
      tags: 'texts',
      roles: 'texts',
      last_sign_in: 'text?',
      manager: 'text?',
    },
    example: { upn: 'ann@example.test', display_name: 'Ann', is_privileged: false, tags: [], roles: [] },
    target: { argument: 'user_id', kind: 'user' },
  }),
  manifest({
    key: 'directory.disable-user',
    title: 'Disable an account',
    class: 'contain',
    input: { user_id: 'text', comment: 'text?' },
    output: { state: 'text' },
    example: { state: 'disabled' },
    target: { argument: 'user_id', kind: 'user' },
    effect: 'account-disabled',
    inverse: { kind: 'action', action: 'directory.enable-user', arguments: { user_id: 'user_id' } },
    canCheck: true,
  }),
  manifest({
    key: 'directory.enable-user',
    title: 'Enable an account',
    class: 'restore',
    input: { user_id: 'text' },
    output: { state: 'text' },
    example: { state: 'enabled' },
    target: { argument: 'user_id', kind: 'user' },
    idempotent: 'check-then-act',
    canCheck: true,
  }),
  manifest({
    key: 'directory.require-password-change',
    title: 'Require a new password',
    class: 'contain',
    input: { user_id: 'text' },
    output: {},
    example: {},
    target: { argument: 'user_id', kind: 'user' },
    inverse: { kind: 'irreversible', reason: 'The old password is gone.' },
  }),
  manifest({
    key: 'mail.quarantine-message',
    title: 'Quarantine a message',
    class: 'contain',
    input: { message_id: 'text', mailbox: 'text', comment: 'text?' },
    output: { state: 'text' },
    example: { state: 'quarantined' },
    target: { argument: 'message_id', kind: 'mail' },
    effect: 'mail-quarantined',
    idempotent: 'check-then-act',
    inverse: {
      kind: 'action',
      action: 'mail.release-message',
      arguments: { message_id: 'message_id', mailbox: 'mailbox' },
    },
  }),
  manifest({
    key: 'mail.release-message',
    title: 'Release a message',
    class: 'restore',
    input: { message_id: 'text', mailbox: 'text' },
    output: { state: 'text' },
    example: { state: 'released' },
    target: { argument: 'message_id', kind: 'mail' },
  }),
  manifest({
    key: 'directory.revoke-sessions',
    title: 'End all sessions of an account',
    class: 'contain',
    input: { user_id: 'text' },
    output: {},
    example: {},
    target: { argument: 'user_id', kind: 'user' },
    inverse: { kind: 'irreversible', reason: 'Sessions cannot be given back; people sign in again.' },
  }),
];

manifests.push(
  manifest({
    key: 'chat.send-text',
    title: 'Send a text',
    class: 'notify',
    canTell: true,
    input: { text: 'text' },
    output: {},
    example: {},
    deprecated: { reason: 'it cannot reach one person', use: 'chat.post-message' },
  }),
);

// An argument that the target reads as a URL.
const fetchPage = manifest({
  key: 'web.fetch-page',
  title: 'Fetch a page',
  class: 'read',
  input: { url: 'text' },
  output: {},
  example: {},
});
manifests.push({
  ...fetchPage,
  input: { ...fetchPage.input, properties: { url: { type: 'string', 'x-sink': 'url' } } },
});

// Arguments that the target reads as a query, one of them deeper inside.
const runQuery = manifest({
  key: 'siem.run-query',
  title: 'Run a query',
  class: 'read',
  input: { query: 'text', options: 'text?' },
  output: { rows: 'texts' },
  example: { rows: [] },
});
const query = { type: 'string', 'x-sink': 'query' };
manifests.push({
  ...runQuery,
  input: {
    ...runQuery.input,
    properties: {
      query,
      options: {
        type: 'object',
        properties: { label: { type: 'string' }, filters: { type: 'array', items: query } },
      },
    },
  },
});

export const testRegistry: ActionManifests = new Map(manifests.map((entry) => [entry.key, entry]));

export const testConnections: ReadonlyMap<string, readonly string[]> = new Map([
  ['edr', ['emea']],
  ['directory', ['staff']],
  ['chat', ['teams']],
]);
