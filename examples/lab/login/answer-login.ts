import { randomUUID, timingSafeEqual } from 'node:crypto';
import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import type { Audience } from '../http/tokens.ts';
import type { LabContext } from '../lab-context.ts';
import { labTenantId } from '../scenario.ts';

/** Facts 1.3. The second spelling of the Defender scope is a documented drift. */
const audienceOfScope: { [scope: string]: Audience } = {
  'https://graph.microsoft.com/.default': 'graph',
  'https://api.securitycenter.microsoft.com/.default': 'mde',
  'https://securitycenter.onmicrosoft.com/windowsatpservice/.default': 'mde',
  'https://api.security.microsoft.com/.default': 'xdr',
};

/** `POST /login/{tenant}/oauth2/v2.0/token`: client credentials with a secret, and nothing else. */
export function answerLogin(lab: LabContext, request: LabRequest): Answer {
  try {
    return issueToken(lab, request);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {
      status: error.status,
      headers: error.headers,
      body: {
        error: error.code,
        error_description: error.message,
        error_codes: [Number(/^AADSTS(\d+)/.exec(error.message)?.[1] ?? 0)],
        timestamp: new Date(lab.world.clock.nowMs()).toISOString(),
        trace_id: randomUUID(),
        correlation_id: randomUUID(),
      },
    };
  }
}

function issueToken(lab: LabContext, request: LabRequest): Answer {
  const { world } = lab;
  const { scenario } = world;
  const [tenant, ...rest] = request.segments;
  if (rest.join('/') !== 'oauth2/v2.0/token') throw new Refusal(404, 'not_found', 'No such endpoint.');
  if (request.method !== 'POST') throw invalid('AADSTS900561: The endpoint only accepts POST requests.');
  const type = request.headers['content-type'];
  if (typeof type !== 'string' || !/^application\/x-www-form-urlencoded *(;|$)/i.test(type)) {
    throw invalid('AADSTS900144: The request body must be a form.');
  }
  const form = new URLSearchParams(request.body);
  for (const name of ['grant_type', 'client_id', 'client_secret', 'scope']) {
    const values = form.getAll(name);
    if (values.length !== 1 || values[0] === '') {
      throw invalid(`AADSTS900144: The request body must contain '${name}' once.`);
    }
  }
  if (tenant?.toLowerCase() !== labTenantId) throw invalid(`AADSTS90002: Tenant '${tenant}' not found.`);
  if (form.get('grant_type') !== 'client_credentials') {
    throw new Refusal(400, 'unsupported_grant_type', 'AADSTS70003: The grant type is not supported.');
  }
  const clientId = form.get('client_id') ?? '';
  const client = scenario.clients.find((known) => known.clientId === clientId);
  if (client === undefined) {
    throw new Refusal(
      400,
      'unauthorized_client',
      'AADSTS700016: The application was not found in the tenant.',
    );
  }
  if (!sameText(form.get('client_secret') ?? '', client.secret)) {
    throw new Refusal(401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.');
  }
  const scope = form.get('scope') ?? '';
  const audience = Object.hasOwn(audienceOfScope, scope) ? audienceOfScope[scope] : undefined;
  if (audience === undefined) {
    throw new Refusal(400, 'invalid_scope', `AADSTS70011: The provided scope '${scope}' is not valid.`);
  }
  request.client = client.name;
  const nowMs = world.clock.nowMs();
  const waitSeconds = lab.throttle.check('login', clientId, scenario.limits.login, nowMs);
  if (waitSeconds !== null) {
    const wait = { 'retry-after': String(waitSeconds) };
    throw new Refusal(429, 'temporarily_unavailable', 'AADSTS90055: Too many requests.', wait);
  }

  const lifetime = scenario.tokenLifetimeSeconds;
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: {
      token_type: 'Bearer',
      expires_in: lifetime,
      ext_expires_in: lifetime,
      access_token: lab.tokens.issue({
        tenantId: labTenantId,
        clientId,
        name: client.name,
        audience,
        roles: audience === 'graph' ? client.graphRoles : audience === 'mde' ? client.mdeRoles : [],
        expiresAtMs: nowMs + lifetime * 1000,
      }),
    },
  };
}

function invalid(message: string): Refusal {
  return new Refusal(400, 'invalid_request', message);
}

function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
