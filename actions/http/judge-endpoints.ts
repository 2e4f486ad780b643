import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { isFreeHeader } from './credential.ts';
import { placeholderIn } from './fill-request.ts';
import type { Endpoint, EndpointsFile } from './http-system.ts';
import { judgeOutputs } from './judge-outputs.ts';
import { judgeUndo } from './judge-undo.ts';
import { shownNames } from './show-sending.ts';

/*
 * What the schema of the file cannot say. A definition that contradicts itself is refused when the process starts,
 * not in the middle of an incident.
 */

/** What to write instead, with its place; null when all of it fits together. */
export function judgeEndpoints(file: EndpointsFile): string | null {
  const names = Object.keys(file.endpoints);
  const wrongHeader = badHeader(file.headers);
  if (wrongHeader !== null) return `"headers": ${wrongHeader}`;
  if (file.test !== undefined && hasDots(file.test.path)) return '"test": a path without "." and ".."';
  for (const [name, endpoint] of Object.entries(file.endpoints)) {
    const longer = names.find((other) => other !== name && other.startsWith(name));
    const why =
      longer === undefined
        ? (judgeEndpoint(endpoint) ?? judgeUndo(file, name))
        : `a name that is not the beginning of another one ("${longer}"), because editors complete by prefix`;
    if (why !== null) return `"endpoints"."${name}": ${why}`;
  }
  return null;
}

function judgeEndpoint(endpoint: Endpoint): string | null {
  return (
    judgeClass(endpoint) ??
    judgeArguments(endpoint) ??
    judgeTarget(endpoint) ??
    judgeOutputs(endpoint) ??
    badHeader({
      ...endpoint.request.headers,
      ...(endpoint.idempotencyHeader !== undefined && { [endpoint.idempotencyHeader]: '' }),
    })
  );
}

const changing = ['restore', 'contain', 'eradicate'];

function judgeClass({
  class: kind,
  request,
  check,
  idempotent = 'no',
  byHand,
  ...rest
}: Endpoint): string | null {
  if (kind === 'read') {
    if (request.method !== 'GET' || request.body !== undefined)
      return 'a read is a GET without a body: nobody is asked about it';
    if (check !== undefined || rest.undo !== undefined || rest.irreversible !== undefined)
      return 'a read has no "check", "undo" or "irreversible": there is nothing to look for and nothing to take back';
    return null;
  }
  if (request.method === 'GET')
    return 'a GET is of the class "read"; what changes something is another method';
  if (idempotent === 'check-then-act' && check === undefined) return '"check-then-act" needs a "check"';
  if (!changing.includes(kind)) return null;
  if (byHand === undefined) return '"byHand": where a person looks when nobody knows whether it happened';
  if (kind === 'restore') return null;
  if (rest.target === undefined) return '"target": what contains or eradicates names what it acts on';
  if ((rest.undo === undefined) === (rest.irreversible === undefined))
    return 'either "undo" or "irreversible": how it is taken back, or why it cannot be';
  return kind === 'contain' && rest.undo !== undefined && rest.effect === undefined
    ? '"effect": the name of the state that is taken back'
    : null;
}

function judgeArguments({ arguments: given, optional = [], request, check }: Endpoint): string | null {
  const names = Object.keys(given);
  const shown = names.find((name) => shownNames.includes(name));
  if (shown !== undefined) return `another name than "${shown}", which says on the card what is sent`;
  const stray = optional.find((name) => !names.includes(name));
  if (stray !== undefined) return `"optional": "${stray}" is no argument`;
  if ([request.path, check?.path ?? ''].some(hasDots)) return 'paths without "." and ".."';
  const inPath = [request, ...(check === undefined ? [] : [check])].flatMap(({ path }) => path.split('/'));
  for (const name of inPath.flatMap((segment) => placeholderIn(segment) ?? [])) {
    if (!names.includes(name)) return `a path with arguments that there are, not "{${name}}"`;
    const { type } = (given[name] ?? {}) as unknown as JsonObject;
    if (optional.includes(name) || (type !== 'string' && type !== 'integer'))
      return `"${name}" stands in a path, so it is required and of the type "string" or "integer"`;
  }
  const texts = [...textsIn(request as unknown as Json), ...textsIn((check ?? {}) as unknown as Json)];
  const half = texts.find(
    (text) => /[{}]/.test(text) && placeholderIn(text) === null && !text.startsWith('/'),
  );
  if (half !== undefined) return `"${half}": braces stand around a whole text, as in "{argument}"`;
  const used = new Set([...inPath, ...texts].flatMap((text) => placeholderIn(text) ?? []));
  const unknown = [...used].find((name) => !names.includes(name));
  if (unknown !== undefined) return `"{${unknown}}" is no argument`;
  const unused = names.find((name) => !used.has(name));
  return unused === undefined ? null : `"${unused}" is an argument that nothing is done with`;
}

function judgeTarget({ target, arguments: given, optional = [] }: Endpoint): string | null {
  if (target === undefined) return null;
  const { type } = (given[target.argument] ?? {}) as unknown as JsonObject;
  return type === 'string' && !optional.includes(target.argument)
    ? null
    : '"target": a required argument of the type "string"';
}

function badHeader(headers: { [name: string]: string } = {}): string | null {
  const bad = Object.keys(headers).find((name) => !isFreeHeader(name));
  return bad === undefined ? null : `not the header "${bad}", which is not yours to set`;
}

function hasDots(path: string): boolean {
  return path.split('/').some((segment) => /^\.{1,2}$/.test(segment));
}

/** Values, not names. */
function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isJsonObject(value) ? Object.values(value).flatMap(textsIn) : [];
}
