import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import type { HttpResponse } from '../../core/contracts/ports.ts';
import { SecretFailure } from '../../core/contracts/secret.ts';

/*
 * What an answer of Vault means: statuses by its documents (hashicorp/vault, website/content/api-docs/index.mdx). No word
 * of it is repeated: it may hold what it was sent.
 */

/** What passes by itself. A standby that does not forward sends elsewhere (307), and nobody is followed. */
const waiting: { [status: number]: string } = {
  307: 'it is a standby',
  308: 'it is a standby',
  412: 'it has not caught up',
  429: 'it is a standby, or is asked too often',
  472: 'it is a standby for disaster recovery',
  473: 'it is a performance standby',
  501: 'it is not set up yet',
  503: 'it is sealed or down for maintenance',
};

/**
 * @param refused what it means that it says no
 * @throws SecretFailure
 */
export function bodyOf({ status, text }: HttpResponse, refused: string): JsonObject {
  const word = waiting[status] ?? (status >= 500 ? 'it has an error of its own' : undefined);
  if (word !== undefined) throw new SecretFailure('unavailable', `Vault answered ${status}: ${word}.`);
  if (status !== 200) throw new SecretFailure('misconfigured', `Vault ${refused} (${status}).`);
  const body = parse(text);
  if (!isJsonObject(body)) throw new SecretFailure('misconfigured', 'what answered is no Vault.');
  return body;
}

/** @throws SecretFailure */
export function fieldOf({ data }: JsonObject, field: string): string {
  const fields = isJsonObject(data) ? data.data : undefined;
  if (!isJsonObject(fields))
    throw new SecretFailure('misconfigured', 'Vault has it in no store of KV version 2, or it was deleted.');
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (typeof value !== 'string')
    throw new SecretFailure('misconfigured', 'Vault has no such field, or it is no text.');
  return value;
}

/** What the parser says quotes what it read. */
function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
