import type { ActionContext, CheckOutcome } from '../../engine/core/contracts/action.ts';
import type { HttpResponse } from '../../engine/core/contracts/ports.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { parseJson } from '../client/parse-json.ts';
import { placeholderIn } from './fill-request.ts';
import type { Endpoint, NamedEndpoint } from './http-system.ts';
import { fits, valueAt } from './read-answer.ts';
import { sendEndpoint } from './send-endpoint.ts';
import { argumentsIn, objectionToLook } from './show-sending.ts';

/** Reads whether the effect is there. What the operator's words do not cover is unknown, never a guess. */
export async function checkEndpoint(
  named: NamedEndpoint,
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  const { system, endpoint } = named;
  const { check } = endpoint;
  if (check === undefined) return { kind: 'unknown', message: `${system.name} has no way to be asked.` };
  // Somewhere else it would call standing what is gone, or gone what stands.
  const objection = objectionToLook(named, context.connection, input);
  if (objection !== null) return { kind: 'unknown', message: `${system.name} is not asked: ${objection}` };
  const values = argumentsIn(input);
  const answer = await sendEndpoint(context, system, { ...check, method: 'GET' }, values);
  if (answer.kind === 'refused') return { kind: 'unknown', message: answer.failure.message };
  if (answer.kind === 'lost') return { kind: 'unknown', message: `${system.name} did not answer.` };
  return judge(named, answer.response, values);
}

function judge(
  { system, endpoint }: NamedEndpoint,
  response: HttpResponse,
  values: JsonObject,
): CheckOutcome {
  const { present, absent = [404], where = {}, outputs = {} } = endpoint.check ?? { path: '/' };
  const { status } = response;
  if (absent.includes(status)) return { kind: 'absent', shows: { status } };
  const shows = present === undefined ? status >= 200 && status <= 299 : present.includes(status);
  if (!shows) return { kind: 'unknown', message: `${system.name} answered ${status} when it was asked.` };
  const body = parseJson(response.text);
  const read = (pointer: string): Json | undefined =>
    body === undefined ? undefined : valueAt(body, pointer);
  for (const [pointer, written] of Object.entries(where)) {
    const found = read(pointer);
    if (found === undefined)
      return { kind: 'unknown', message: `${system.name} answered ${status} without a value at ${pointer}.` };
    if (found !== wanted(written, values))
      return { kind: 'absent', shows: { status, ...plain(pointer, found) } };
  }
  return { kind: 'present', outputs: { status, ...told(endpoint, outputs, read) } };
}

function wanted(written: Json, values: JsonObject): Json | undefined {
  const name = typeof written === 'string' ? placeholderIn(written) : null;
  return name === null ? written : values[name];
}

function plain(pointer: string, found: Json): JsonObject {
  return typeof found === 'object' ? {} : { [pointer]: found };
}

function told(
  { outputs: described = {} }: Endpoint,
  outputs: { [name: string]: string },
  read: (pointer: string) => Json | undefined,
): JsonObject {
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, pointer]) => {
      const value = read(pointer);
      const schema = described[name]?.schema as unknown as JsonObject | undefined;
      return value !== undefined && schema !== undefined && fits(schema, value) ? [[name, value]] : [];
    }),
  );
}
