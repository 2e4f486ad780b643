import { parseSource, type SecretSource, sourceForms } from '../../engine/core/secret/secret-source.ts';
import { isMap } from './read-connections.ts';
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
    return { write: `"secrets" as one or two of ${sourceForms}` };
  return { value: { playbook, trigger, secrets: whole } };
}
