import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import { data, nameData } from './data.ts';
import { html, type Value } from './html.ts';
import { shortId } from './links.ts';
import type { View } from './view.ts';

/** What an entry of the log says, in the words of the pages. */

export function parseEntry(text: string | null): JsonObject {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    // Bytes that are no entry are the verification's business; the list still shows index and hash.
    return {};
  }
}

export type NameOf = (id: string) => string;

/** The log holds ids only: what people are called now is read beside it. */
export function namesIn({ deps }: View, entries: readonly JsonObject[]): Promise<NameOf> {
  const people = entries.flatMap(({ actor }) =>
    isJsonObject(actor) && actor.kind === 'person' ? [String(actor.id)] : [],
  );
  return deps.read.nameOfPeople(deps.tenant, people);
}

/** The id stands beside the name, for it is what the log says and two may share a name. */
export function actorOf({ actor }: JsonObject, nameOf: NameOf): Value {
  if (!isJsonObject(actor)) return html`<span class="dim">–</span>`;
  const [id, kind] = [String(actor.id), String(actor.kind)];
  const name = kind === 'person' ? nameOf(id) : id;
  return html`${name === id ? shortId(id) : name} <span class="dim">${name !== id && html`${shortId(id)}, `}${kind}, ${String(actor.channel)}</span>`;
}

export function targetsOf({ targets }: JsonObject): Value {
  const named = (Array.isArray(targets) ? targets : []).filter(isJsonObject);
  if (named.length === 0) return html`<span class="dim">–</span>`;
  return named
    .slice(0, 3)
    .map((target, index) => [
      index > 0 && ', ',
      `${String(target.kind)} `,
      nameData(String(target.name ?? target.id)),
    ]);
}

export function reasonOf({ reason, code }: JsonObject): Value {
  return [
    typeof code === 'string' && html`<code>${code}</code> `,
    typeof reason === 'string' && reason !== '' && data(reason),
  ];
}
