import type { Request, Response } from 'express';
import { SecretFailure } from '../../engine/core/contracts/secret.ts';
import { objectionTo } from '../../engine/runtime/outward/verify-message.ts';
import type { IdentifiedCaller } from './authenticate.ts';
import type { Deps } from './deps.ts';
import { Problem, signInFirst } from './problem.ts';

/*
 * Requests that are proved by a signature over their bytes instead of a token. So they can be admitted only after
 * their body was read and before anything has looked into it.
 */

/** Which trigger a request is for, by the address it came to. */
export interface SignedPlace {
  playbook: string;
  trigger: string;
  /** Null: it takes tokens, or is none. */
  secrets: (() => Promise<readonly Buffer[]>) | null;
}

export function signedPlaceOf(request: Request, deps: Deps): SignedPlace {
  const { playbook = '', trigger = '' } = request.params as { playbook?: string; trigger?: string };
  return { playbook, trigger, secrets: deps.webhookSecrets?.get(webhookKey(playbook, trigger)) ?? null };
}

export function isSigned(request: Request): boolean {
  return request.headers['webhook-signature'] !== undefined;
}

export const webhookKey = (playbook: string, trigger: string): string => `${playbook}/${trigger}`;

/**
 * Who sent it, by its signature.
 * @throws Problem request/invalid, auth/required: the same answer as for an address that is none; auth/secret-unreadable,
 * because its sender shall send it again
 */
export async function admitSigned(
  { playbook, trigger, secrets }: SignedPlace,
  request: Request,
  response: Response,
  bytes: Uint8Array,
  deps: Deps,
): Promise<IdentifiedCaller> {
  const id = `webhook:${webhookKey(playbook, trigger)}`;
  const requestId = String(response.locals.requestId);
  const headers = {
    id: onlyOne(request, 'webhook-id'),
    timestamp: onlyOne(request, 'webhook-timestamp'),
    signature: onlyOne(request, 'webhook-signature'),
  };
  const door = { actor: { kind: 'source', id, channel: 'api' }, requestId } as const;
  const note = (code: 'auth/bad-signature' | 'auth/secret-unreadable', reason: string) =>
    deps.identity.noteSigned(door, { playbook, trigger, code, reason });
  // Addresses that are none are for anybody to make up: they leave nothing.
  if (secrets === null) throw signInFirst();
  const held = await secrets().catch(async (error: unknown) => {
    if (!(error instanceof SecretFailure)) throw error;
    await note('auth/secret-unreadable', error.message);
    throw new Problem('auth/secret-unreadable', undefined, { headers: { 'Retry-After': '30' } });
  });
  const objection = objectionTo(held, headers, bytes);
  if (objection !== null) {
    await note('auth/bad-signature', objection);
    throw signInFirst();
  }
  return {
    tenant: deps.tenant,
    kind: 'service',
    signed: true,
    id,
    name: id,
    email: null,
    roles: [],
    groups: [],
    personId: null,
    channel: 'api',
    requestId,
  };
}

/** Of two with one name, each side may believe another one. */
function onlyOne(request: Request, name: string): string | undefined {
  const values = request.headersDistinct[name] ?? [];
  if (values.length > 1) throw new Problem('request/invalid', `${name} came more than once.`);
  return values[0];
}
