import { resolve } from 'node:path';
import { baseUrl } from '../../actions/client/read-setting.ts';
import { authWays, credentialName, isFreeHeader } from '../../actions/http/credential.ts';
import { effectOf } from '../../actions/http/endpoint-manifest.ts';
import { endpointsOf, type HttpSystem } from '../../actions/http/http-system.ts';
import { judgeEndpoints } from '../../actions/http/judge-endpoints.ts';
import { createRegistry } from '../../actions/registry.ts';
import { mailSystem } from '../../engine/core/approval/destination.ts';
import { createValidator } from '../../engine/core/schema/create-validator.ts';
import type { EndpointsFile } from '../../schemas/endpoints-v1.generated.ts';
import fileSchema from '../../schemas/endpoints-v1.schema.json' with { type: 'json' };
import type { JsonObject } from '../../schemas/json.ts';
import type { ConnectionConfig } from './read-connections.ts';
import { readJsonFile } from './read-json-file.ts';

const form =
  '{"kind": "endpoints/v1", "endpoints": {"block-address": {"title": "Block an address", "class": "contain", "request": {"method": "POST", "path": "/blocks"}, …}}}';

type Answer<T> = { value: T } | { write: string };

/**
 * The systems whose connections name a file of endpoints. All connections of one have the same endpoints, so that a
 * playbook means the same by them whichever it goes through.
 * @param folder of the file with the connections; paths begin there
 */
export function readEndpoints(
  connections: readonly ConnectionConfig[],
  folder: string,
  readText: (path: string) => string,
): Answer<readonly HttpSystem[]> {
  const problemsOf = createValidator(fileSchema as unknown as JsonObject);
  const found = new Map<string, HttpSystem>();
  const withFile = connections.filter(({ settings }) => settings.endpoints !== undefined);
  for (const connection of withFile) {
    const place = `in connection "${connection.id}" of ${connection.system}: `;
    const answer = readSystem(connection, folder, readText, problemsOf);
    if ('write' in answer) return { write: place + answer.write };
    const before = found.get(connection.system);
    if (before !== undefined && JSON.stringify(before.file) !== JSON.stringify(answer.value.file))
      return {
        write: `${place}"endpoints" with the same content as the other connections of ${connection.system}`,
      };
    found.set(connection.system, answer.value);
  }
  const without = connections.find(
    ({ system, settings }) => found.has(system) && settings.endpoints === undefined,
  );
  if (without !== undefined)
    return {
      write: `in connection "${without.id}" of ${without.system}: "endpoints", as its other connections have it`,
    };
  return { value: [...found.values()] };
}

function readSystem(
  connection: ConnectionConfig,
  folder: string,
  readText: (path: string) => string,
  problemsOf: ReturnType<typeof createValidator>,
): Answer<HttpSystem> {
  const why = judgeConnection(connection);
  if (why !== null) return { write: why };
  const path = resolve(folder, connection.settings.endpoints ?? '');
  const json = readJsonFile(path, readText, form);
  if ('write' in json) return { write: `"endpoints" as ${json.write}` };
  const [problem] = problemsOf(json.value);
  if (problem !== undefined)
    return {
      write: `${path}${problem.pointer === '' ? '' : ` at ${problem.pointer}`}: it ${problem.message}`,
    };
  const file = json.value as EndpointsFile;
  const contradiction =
    judgeEndpoints(file) ?? judgeSchemas(file) ?? judgeEffects({ name: connection.system, file });
  return contradiction === null
    ? { value: { name: connection.system, file } }
    : { write: `in ${path}, ${contradiction}` };
}

function judgeConnection({ id, system, settings, secrets }: ConnectionConfig): string | null {
  const builtIn = [mailSystem, ...[...createRegistry().keys()].map((key) => key.split('.')[0])];
  if (builtIn.includes(system))
    return `"endpoints" only for a system of your own; "${system}" has a connector`;
  if (!/^[a-z][a-z0-9]{0,19}$/.test(system))
    return 'a "system" of at most 20 lower-case letters and digits: it begins the keys of actions';
  const { auth = 'none', user = '', authHeader = '' } = settings;
  if (!baseUrl({ id, settings }, 'url').ok)
    return '"url": the http(s) address that all paths are below, without a query';
  if (!authWays.some((way) => way === auth)) return `"auth": one of ${authWays.join(', ')}`;
  if (auth !== 'none' && secrets[credentialName] === undefined)
    return `the secret "${credentialName}", because "auth" is "${auth}"`;
  if (auth === 'basic' && !/^[ -9;-~]+$/.test(user)) return '"user": printable ASCII without a colon';
  return auth === 'header' && !isFreeHeader(authHeader)
    ? '"authHeader": the name of a header that is yours to set'
    : null;
}

/** Two states of one name would be held, and let go, as one. */
function judgeEffects(system: HttpSystem): string | null {
  const shipped = new Set([...createRegistry().values()].map(({ manifest }) => manifest.effect));
  const taken = endpointsOf(system).find(
    (each) => each.endpoint.effect !== undefined && shipped.has(effectOf(each)),
  );
  return taken === undefined
    ? null
    : `"endpoints"."${taken.name}"."effect": another name, "${effectOf(taken)}" is taken`;
}

/** A schema that is none would stop whatever compiles a playbook. */
function judgeSchemas({ endpoints }: EndpointsFile): string | null {
  for (const [name, endpoint] of Object.entries(endpoints))
    for (const [argument, schema] of Object.entries(endpoint.arguments))
      try {
        createValidator(schema as unknown as JsonObject);
      } catch {
        return `"endpoints"."${name}"."arguments"."${argument}": a JSON Schema 2020-12, with patterns of RE2`;
      }
  return null;
}
