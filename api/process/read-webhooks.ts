import { readFileSync } from 'node:fs';
import { readSecrets } from '../../engine/runtime/outward/sign-message.ts';
import { StartError } from '../../engine/runtime/store/start-error.ts';
import { webhookKey } from '../http/admit-signed.ts';
import { isMap, parseSource, type SecretSource } from './read-connections.ts';
import { readJsonFile } from './read-json-file.ts';

/** A webhook trigger that takes signed messages only, and where its secrets are. */
export interface WebhookConfig {
  readonly playbook: string;
  readonly trigger: string;
  /** One, or two while they are exchanged. */
  readonly secrets: readonly SecretSource[];
}

const form = '{"webhooks": [{"playbook": "scanner", "trigger": "heard", "secrets": ["env:SCANNER_SECRET"]}]}';

type Answer<T> = { value: T } | { write: string };

/** The signed triggers of a JSON file. A value that stands where a reference belongs is never repeated. */
export function readWebhooks(
  path: string,
  readText: (path: string) => string,
): Answer<readonly WebhookConfig[]> {
  const json = readJsonFile(path, readText, form);
  if ('write' in json) return json;
  const file = json.value;
  const list = isMap(file) && Object.keys(file).join() === 'webhooks' ? file.webhooks : null;
  if (!Array.isArray(list)) return { write: `the path of a file like ${form}` };
  const found: WebhookConfig[] = [];
  for (const [index, entry] of list.entries()) {
    const answer = readWebhook(entry);
    const where = `in ${path}, webhook ${index + 1}`;
    if ('write' in answer) return { write: `${where}: ${answer.write}` };
    const { playbook, trigger } = answer.value;
    if (found.some((each) => each.playbook === playbook && each.trigger === trigger))
      return { write: `${where}: a trigger that is not named before` };
    found.push(answer.value);
  }
  return { value: found };
}

/** As the language's schema has them: what does not fit could never be an address. */
const playbookId = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const triggerId = /^[a-z][a-z0-9_]{0,47}$/;

function readWebhook(entry: unknown): Answer<WebhookConfig> {
  if (!isMap(entry)) return { write: 'an object' };
  const fields = ['playbook', 'trigger', 'secrets'];
  const unknown = Object.keys(entry).find((name) => !fields.includes(name));
  if (unknown !== undefined) return { write: `only ${fields.join(', ')}, not "${unknown}"` };
  const { playbook, trigger, secrets } = entry;
  if (typeof playbook !== 'string' || !playbookId.test(playbook))
    return { write: '"playbook": the id of one' };
  if (typeof trigger !== 'string' || !triggerId.test(trigger))
    return { write: '"trigger": the id of one of its triggers' };
  const sources = Array.isArray(secrets) ? secrets.map(parseSource) : [];
  const whole = sources.filter((source) => source !== null);
  if (whole.length === 0 || whole.length > 2 || whole.length !== sources.length)
    return {
      write: '"secrets" as one or two of "env:NAME" or "file:/absolute/path", never the secret itself',
    };
  return { value: { playbook, trigger, secrets: whole } };
}

/**
 * Their secrets, read once: a trigger whose secret is missing would take messages from anybody with a token, so
 * nothing starts without it. Nor with one secret for two triggers: the address is not signed, so what is sent to one
 * would pass at the other.
 * @throws StartError start/bad-config
 */
export function openWebhookSecrets(
  configured: readonly WebhookConfig[],
  readVariable: (name: string) => string | undefined,
): ReadonlyMap<string, readonly Buffer[]> {
  const ownerOf = new Map<string, string>();
  return new Map(
    configured.map(({ playbook, trigger, secrets }) => [
      webhookKey(playbook, trigger),
      secrets.flatMap((source) => {
        const key = webhookKey(playbook, trigger);
        const text = source.kind === 'env' ? readVariable(source.name) : textOf(source.path);
        const read = readSecrets(text ?? '');
        if (read === null) {
          const where = source.kind === 'env' ? source.name : source.path;
          throw new StartError(
            'start/bad-config',
            `RIPOSTE_WEBHOOKS: ${where}, named for ${key}, has to hold "whsec_" and 24 to 64 random bytes in base64.`,
          );
        }
        for (const each of read) {
          const owner = ownerOf.get(each.toString('base64')) ?? key;
          if (owner !== key)
            throw new StartError(
              'start/bad-config',
              `RIPOSTE_WEBHOOKS: ${key} has a secret that ${owner} has as well; give each its own.`,
            );
          ownerOf.set(each.toString('base64'), key);
        }
        return read;
      }),
    ]),
  );
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
