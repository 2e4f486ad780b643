import { afterEach } from 'vitest';
import { labClient, labTenantId, type Scenario } from '../../examples/lab/scenario.ts';
import { type Lab, startLab } from '../../examples/lab/start-lab.ts';

export const graphScope = 'https://graph.microsoft.com/.default';
export const mdeScope = 'https://api.securitycenter.microsoft.com/.default';

export interface Reply {
  status: number;
  headers: Headers;
  /** `{}` for an empty body. */
  body: { [property: string]: unknown };
  /** `error.code` of the body, in whichever form. */
  code: unknown;
}

export interface LabUser {
  lab: Lab;
  mde(method: string, path: string, body?: unknown): Promise<Reply>;
  graph(method: string, path: string, body?: unknown): Promise<Reply>;
  admin(method: string, path: string, body?: unknown): Promise<Reply>;
}

const open: Lab[] = [];

afterEach(async () => {
  for (const lab of open.splice(0)) await lab.close();
});

/** A lab on a free port whose time stands still, and a client with a token for each API. */
export async function useLab(scenario: Partial<Scenario> = {}): Promise<LabUser> {
  const lab = await startTestLab(scenario);
  const graphToken = await tokenFor(lab, graphScope);
  const mdeToken = await tokenFor(lab, mdeScope);
  return {
    lab,
    mde: (method, path, body) => call(`${lab.url}/mde${path}`, { method, token: mdeToken, body }),
    graph: (method, path, body) => call(`${lab.url}/graph/v1.0${path}`, { method, token: graphToken, body }),
    admin: (method, path, body) => call(`${lab.url}/lab${path}`, { method, body }),
  };
}

export async function startTestLab(scenario: Partial<Scenario> = {}): Promise<Lab> {
  const lab = await startLab({ scenario: { clock: 'manual', ...scenario } });
  open.push(lab);
  return lab;
}

export function askForToken(lab: Lab, changes: { [field: string]: string | undefined } = {}): Promise<Reply> {
  const form = new URLSearchParams();
  const fields: { [field: string]: string | undefined } = {
    grant_type: 'client_credentials',
    client_id: labClient.clientId,
    client_secret: labClient.secret,
    scope: graphScope,
    ...changes,
  };
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.set(name, value);
  return call(`${lab.url}/login/${labTenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    text: form.toString(),
    type: 'application/x-www-form-urlencoded',
  });
}

export async function tokenFor(lab: Lab, scope: string): Promise<string> {
  const { body } = await askForToken(lab, { scope });
  if (typeof body.access_token !== 'string') throw new Error(`No token: ${JSON.stringify(body)}`);
  return body.access_token;
}

export async function call(
  url: string,
  options: { method?: string; token?: string; body?: unknown; text?: string; type?: string } = {},
): Promise<Reply> {
  const { method = 'GET', token, body, type } = options;
  const sent = body === undefined ? options.text : JSON.stringify(body);
  const contentType = type ?? (body === undefined ? undefined : 'application/json');
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  const reply = object(parsed);
  return {
    status: response.status,
    headers: response.headers,
    body: reply,
    code: typeof reply.error === 'object' ? object(reply.error).code : reply.error,
  };
}

/** For reading into answers: throws when it is no object. */
export function object(value: unknown): { [property: string]: unknown } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as { [property: string]: unknown };
  }
  throw new Error(`Not an object: ${JSON.stringify(value)}`);
}

/** The `value` of a list answer. */
export function rows(reply: Reply): { [property: string]: unknown }[] {
  const { value } = reply.body;
  if (!Array.isArray(value)) throw new Error(`Not a list: ${JSON.stringify(reply.body)}`);
  return value.map(object);
}

export const ws0117 = 'a0716faee06f3d46eff2077c3a0fd899b6484731';
export const maria = 'cdaa57eb-2d99-57e7-9a18-bfe9267d9594';
export const jonas = '33186b6c-79c6-56d2-a2df-e7926f63f414';
export const mariasInvoice = 'bdac2a9b-0174-5c32-acbf-a93dc5a2cbaf-1363827335374423-1';
export const jonasInvoice = 'bdac2a9b-0174-5c32-acbf-a93dc5a2cbaf-1405025483348085-1';
