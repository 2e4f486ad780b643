import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatFile } from '../../engine/core/format/format-file.ts';
import { schemaNear } from './schema-near.ts';

/*
 * What `riposte new` starts from: playbooks with their cases in `templates/`, valid as they lie there and
 * tested like the shipped ones. A new one differs in who and when; what it does is the author's.
 */

const folder = join(import.meta.dirname, 'templates');

export const templates = [
  { name: 'phishing', topic: 'phishing', does: 'quarantine a mail after a yes' },
  { name: 'ransomware', topic: 'ransomware', does: 'isolate a host after a yes, domain controllers never' },
  { name: 'user', topic: 'identity', does: 'disable an account and end its sessions after a yes' },
  { name: 'blank', topic: null, does: 'look something up and say it; no effects' },
] as const;

export type TemplateName = (typeof templates)[number]['name'];

/** Written beside the playbooks' own group, so that people find the word they have to change. */
const templateOwner = 'group:soc-tier2';

export interface Answers {
  template: TemplateName;
  id: string;
  title: string;
  owner: string;
  author: string;
  /** `YYYY-MM-DD`. */
  today: string;
}

export async function titleOf(template: TemplateName): Promise<string> {
  const text = await readFile(join(folder, `${template}.yaml`), 'utf8');
  return /^title: (.*)$/m.exec(text)?.[1] ?? template;
}

export interface Filled {
  file: string;
  text: string;
}

/** The two files as they will lie at `file` (a playbook) and beside it, in canonical form. */
export async function fillTemplate(answers: Answers, file: string): Promise<Filled[]> {
  const [playbook, cases] = await Promise.all(
    ['yaml', 'cases.yaml'].map((end) => readFile(join(folder, `${answers.template}.${end}`), 'utf8')),
  );
  const values: { [key: string]: string } = {
    id: answers.id,
    title: answers.title,
    author: answers.author,
    owner: answers.owner,
    created: answers.today,
    modified: answers.today,
  };
  const filled = withoutModeline(playbook ?? '').replace(
    /^(id|title|author|owner|created|modified): .*$/gm,
    (_line, key: string) => `${key}: ${scalar(values[key] ?? '')}`,
  );
  const beside = withoutModeline(cases ?? '')
    .replace(/^playbook: .*$/m, () => `playbook: ./${answers.id}.yaml`)
    .replaceAll(templateOwner, () => answers.owner);
  const casesFile = file.replace(/\.yaml$/, '.cases.yaml');
  return [
    { file, text: canonical(filled, file, ['installed/playbook-v1.schema.json', 'playbook-v1.schema.json']) },
    { file: casesFile, text: canonical(beside, casesFile, ['cases-v1.schema.json']) },
  ];
}

/** A template names the schema from where it lies itself. */
function withoutModeline(text: string): string {
  return text.replace(/^# yaml-language-server: .*\n/, '');
}

/** Plain where YAML reads it back as the same text; quoted otherwise. */
function scalar(text: string): string {
  const key = /^(?:\d{4}-\d\d-\d\d|[a-z]+:[\w.@/-]*[\w@/])$/.test(text);
  const words = /^[A-Za-z](?:[\w ,.()/@-]*[\w.)])?$/.test(text);
  const meansMore = /^(?:true|false|null|yes|no|on|off|[yn])$/i.test(text);
  return key || (words && !meansMore) ? text : JSON.stringify(text);
}

function canonical(text: string, file: string, schemas: readonly string[]): string {
  const formatted = formatFile(text, { file, schemaOf: () => schemaNear(file, schemas) });
  if (!formatted.ok) throw new Error(`${file}: ${formatted.diagnostics[0]?.message ?? 'bad YAML'}`);
  return formatted.text;
}
