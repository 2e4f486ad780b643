import type { Request, Response } from 'express';
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
  /** None: it takes tokens, or is none. */
  secrets: readonly Buffer[];
}

export function signedPlaceOf(request: Request, deps: Deps): SignedPlace {
  const { playbook = '', trigger = '' } = request.params as { playbook?: string; trigger?: string };
  return { playbook, trigger, secrets: deps.webhookSecrets?.get(webhookKey(playbook, trigger)) ?? [] };
}

export function isSigned(request: Request): boolean {
  return request.headers['webhook-signature'] !== undefined;
}

export const webhookKey = (playbook: string, trigger: string): string => `${playbook}/${trigger}`;

/**
 * Who sent it, by its signature.
 * @throws Problem request/invalid, auth/required: the same answer as for an address that is none
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
  const objection = objectionTo(secrets, headers, bytes);
  if (objection !== null) {
    const door = { actor: { kind: 'source', id, channel: 'api' }, requestId } as const;
    // Addresses that are none are for anybody to make up: they leave nothing.
    if (secrets.length > 0)
      await deps.identity.noteSigned(door, {
        playbook,
        trigger,
        code: 'auth/bad-signature',
        reason: objection,
      });
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
