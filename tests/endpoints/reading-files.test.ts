import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readInstalled } from '../../api/process/read-installed.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { exampleFile } from './open-endpoints.ts';

const folder = mkdtempSync(join(tmpdir(), 'riposte-endpoints-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function written(content: unknown): string {
  const path = join(folder, `${++files}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const settings = (endpoints: string): JsonObject => ({
  endpoints,
  url: 'https://fw.contoso.com/api',
  auth: 'bearer',
});
const connection = (endpoints: string, more: JsonObject = {}): JsonObject => ({
  id: 'edge',
  system: 'firewall',
  settings: settings(endpoints),
  secrets: { credential: 'env:FIREWALL_TOKEN' },
  ...more,
});

function answerTo(...connections: JsonObject[]): string {
  const read = readInstalled(written({ connections }));
  return 'write' in read ? read.write : `taken: ${read.value.httpSystems.map(({ name }) => name).join()}`;
}

/** The example with one thing changed, by the names on the way to it; undefined takes it away. */
function changed(way: readonly string[], value: Json | undefined): string {
  const file = JSON.parse(JSON.stringify(exampleFile())) as JsonObject;
  let at = file;
  for (const name of way.slice(0, -1)) at = at[name] as JsonObject;
  const last = way.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
  return written(file);
}

const block = (...way: string[]) => ['endpoints', 'block-address', ...way];
const read = (...way: string[]) => ['endpoints', 'get-block', ...way];
const ticket = (...way: string[]) => ['endpoints', 'open-ticket', ...way];

describe('a file of endpoints', () => {
  it('is taken where it fits together', () => {
    expect(answerTo(connection(written(exampleFile())))).toBe('taken: firewall');
    expect(answerTo()).toBe('taken: ');
    // Paths begin where the file with the connections lies.
    const example = readInstalled(join(import.meta.dirname, '../../examples/endpoints/connections.json'));
    expect('value' in example && example.value.httpSystems[0]?.file).toEqual(exampleFile());
  });

  it.each<[string, string[], Json | undefined, string]>([
    ['with an unknown field', block('surprise'), true, 'block-address'],
    ['of another kind', ['kind'], 'endpoints/v2', '/kind'],
    ['with a name of one word', ['endpoints', 'block'], {}, 'it '],
    [
      'with a name that begins another',
      ['endpoints', 'block-address-list'],
      JSON.parse(JSON.stringify(exampleFile().endpoints['block-address'])),
      'not the beginning',
    ],
    ['with a read that is no GET', read('request', 'method'), 'POST', 'a read is a GET'],
    ['with a read that has a body', read('request', 'body'), { a: '{address}' }, 'a read is a GET'],
    ['with a GET that changes something', block('request', 'method'), 'GET', 'of the class "read"'],
    ['with containment of nothing', block('target'), undefined, '"target"'],
    [
      'with containment that says nothing about the way back',
      block('undo'),
      undefined,
      '"undo" or "irreversible"',
    ],
    [
      'with containment that has two ways back',
      block('irreversible'),
      'because it is so',
      '"undo" or "irreversible"',
    ],
    ['with containment without a name for its state', block('effect'), undefined, '"effect"'],
    ['without a place where a person looks', block('byHand'), undefined, '"byHand"'],
    ['with check-then-act without a check', block('check'), undefined, '"check-then-act"'],
    ['with a path that leads upwards', block('request', 'path'), '/v1/../admin', 'without "." and ".."'],
    ['with a segment of text and argument', block('request', 'path'), '/v1/x{address}', '/request/path'],
    ['with a path to another host', block('request', 'path'), '//evil.example/x', '/request/path'],
    ['with an argument in a path that may be absent', read('optional'), ['address'], 'so it is required'],
    [
      'with an argument in a path that may be anything',
      ticket('arguments', 'queue', 'type'),
      'object',
      'so it is required',
    ],
    [
      'with an argument that there is not',
      block('request', 'body', 'more'),
      '{nothing}',
      '"{nothing}" is no argument',
    ],
    [
      'with an argument that nothing is done with',
      ticket('arguments', 'more'),
      { description: 'x' },
      'nothing is done with',
    ],
    ['with braces inside a text', block('request', 'body', 'more'), 'x {address}', 'braces'],
    [
      'with an argument that has the name of what is shown',
      ticket('arguments', 'sends'),
      { description: 'x' },
      'another name than "sends"',
    ],
    ['with an argument in camelCase', ticket('arguments', 'moreWords'), { description: 'x' }, 'it '],
    [
      'with an argument whose schema is none',
      ticket('arguments', 'subject', 'type'),
      'text',
      'a JSON Schema',
    ],
    [
      'with an argument whose pattern could hang',
      ticket('arguments', 'subject', 'pattern'),
      '(a+)+\\1$',
      'a JSON Schema',
    ],
    [
      'with an output called status',
      read('outputs', 'status'),
      { from: '/x', schema: { description: 'x', type: 'string' }, example: 'x' },
      'than "status"',
    ],
    [
      'with an output that promises more than is looked at',
      read('outputs', 'state', 'schema', 'format'),
      'uuid',
      'not "format"',
    ],
    ['with an output without a type', read('outputs', 'state', 'schema', 'type'), undefined, '"type"'],
    ['with an example that does not fit', read('outputs', 'state', 'example'), 5, '"example"'],
    ['with the header Host', ['headers'], { Host: 'evil' }, '"Host"'],
    [
      'with the header of the sign-in',
      block('request', 'headers'),
      { authorization: 'x' },
      '"authorization"',
    ],
    ['with a header that has a line break', ['headers'], { 'x-a': 'a\r\nb: c' }, '/headers'],
    [
      'with a key in the header of a proxy',
      block('idempotencyHeader'),
      'Proxy-Connection',
      '"Proxy-Connection"',
    ],
    ['that is taken back by nothing', block('undo', 'endpoint'), 'nothing-there', 'no endpoint of this file'],
    ['that is taken back by a read', block('undo', 'endpoint'), 'get-block', 'of the class "read"'],
    ['that is taken back by itself', block('undo', 'endpoint'), 'block-address', 'of the class "contain"'],
    ['with a mark that the check does not tell', block('check', 'outputs'), undefined, '"marks"'],
    [
      'that is taken back from another kind of target',
      ['endpoints', 'unblock-address', 'target', 'kind'],
      'host',
      'another kind of target',
    ],
    [
      'that is taken back from another target',
      block('undo', 'arguments'),
      { address: 'comment' },
      'the same target',
    ],
    [
      'that is taken back with what it does not take',
      block('undo', 'arguments', 'comment'),
      'comment',
      'no argument of what takes it back',
    ],
    [
      'that is taken back without what it needs',
      ['endpoints', 'unblock-address', 'arguments', 'why'],
      { description: 'x', type: 'string' },
      'needs "why"',
    ],
    ['that tests with a way upwards', ['test', 'path'], '/..', '"test"'],
  ])('is not taken %s', (_what, way, value, says) => {
    const answer = answerTo(connection(changed(way, value)));
    expect(answer).toContain(says);
    expect(answer).toContain('connection "edge" of firewall');
  });

  it('that is no JSON, or not there, is not taken', () => {
    expect(answerTo(connection(written('{')))).toContain('is not JSON');
    expect(answerTo(connection(join(folder, 'nowhere')))).toContain('cannot be read');
  });
});

describe('a connection with endpoints', () => {
  const file = written(exampleFile());

  it.each<[string, JsonObject, string]>([
    ['of a system with a connector', { system: 'edr' }, 'has a connector'],
    ['of the mail relay', { system: 'smtp' }, 'has a connector'],
    ['of a system that no key begins with', { system: 'my-firewall' }, '"system"'],
    ['of a system with a long name', { system: 'a'.repeat(21) }, '"system"'],
    [
      'with an address that has a password',
      { settings: { ...settings(file), url: 'https://a:b@x.example' } },
      '"url"',
    ],
    ['without an address', { settings: { endpoints: file } }, '"url"'],
    ['with an address that is no http', { settings: { ...settings(file), url: 'file:///etc' } }, '"url"'],
    ['with an unknown sign-in', { settings: { ...settings(file), auth: 'digest' } }, '"auth"'],
    ['without its secret', { secrets: {} }, 'the secret "credential"'],
    [
      'with a user that has a colon',
      { settings: { ...settings(file), auth: 'basic', user: 'a:b' } },
      '"user"',
    ],
    ['without a user', { settings: { ...settings(file), auth: 'basic' } }, '"user"'],
    [
      'with a header that is not its own',
      { settings: { ...settings(file), auth: 'header', authHeader: 'Host' } },
      '"authHeader"',
    ],
  ])('is not taken %s', (_what, more, says) => {
    expect(answerTo(connection(file, more))).toContain(says);
  });

  it('does not share the name of a state with a connector, whose holds would count for both', () => {
    const isolated = connection(changed(block('effect'), 'isolated'), { system: 'network' });
    expect(answerTo(isolated)).toContain('"network-isolated" is taken');
  });

  it('has the same endpoints as the others of its system', () => {
    const other = changed(block('title'), 'Another title');
    expect(answerTo(connection(file), connection(written(exampleFile()), { id: 'branch' }))).toBe(
      'taken: firewall',
    );
    expect(answerTo(connection(file), connection(other, { id: 'branch' }))).toContain('"branch" of firewall');
    const bare = { id: 'branch', system: 'firewall', settings: {}, secrets: {} };
    expect(answerTo(connection(file), bare)).toContain('"branch" of firewall');
  });
});
