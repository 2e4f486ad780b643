import { createRegistry } from '../../actions/registry.ts';
import type { ActionManifests } from '../../engine/core/compile/context.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { testRegistry } from '../compile/manifests.ts';

/*
 * The examples on the pages of codes are parts of files: they show only what matters. Here the rest is
 * put around them, so that each can be read as a whole file.
 */

type Frame = readonly (readonly [key: string, text: string])[];

const playbook: Frame = [
  ['kind', 'kind: playbook/v1'],
  ['id', 'id: example'],
  ['title', 'title: An example'],
  ['description', 'description: Made for a page.'],
  ['status', 'status: experimental'],
  ['author', 'author: Blue Team'],
  ['owner', 'owner: group:soc'],
  ['falsepositives', 'falsepositives: [Backup agents]'],
  ['triggers', 'triggers: [{ id: new_alert, type: alert.created }]'],
  ['inputs', 'inputs: { host_id: { type: string, default: H1 } }'],
  ['steps', 'steps: [{ stop: { outcome: succeeded } }]'],
];

const cases: Frame = [
  ['kind', 'kind: cases/v1'],
  ['playbook', 'playbook: ./example.yaml'],
];

/** Installed actions, and two of the test catalogue for rules that no installed action can break. */
export const pageRegistry: ActionManifests = new Map([
  ...manifestsOf(createRegistry()),
  ...[...testRegistry].filter(([key]) =>
    ['web.fetch-page', 'mail.block-sender', 'chat.send-text'].includes(key),
  ),
]);

export const pageConnections: ReadonlyMap<string, readonly string[]> = new Map([
  ['edr', ['emea']],
  ['chat', ['teams']],
]);

export interface Framed {
  kind: 'playbook' | 'cases' | 'routing' | 'alert';
  text: string;
  /** The line that the mark points at. */
  marked: number | null;
}

/** A part as a whole file. */
export function framed(part: string): Framed {
  const kind = part.startsWith('{')
    ? 'alert'
    : /^cases:/m.test(part)
      ? 'cases'
      : /^kind: routing/m.test(part)
        ? 'routing'
        : 'playbook';
  const frame = { playbook, cases, routing: [], alert: [] }[kind];
  const missing = frame.filter(([key]) => !new RegExp(`^${key}:`, 'm').test(part));
  const text = `${missing.map(([, line]) => `${line}\n`).join('')}${part}`;
  const marked = text.split('\n').findIndex((line) => line.endsWith('# <- here'));
  return { kind, text, marked: marked === -1 ? null : marked + 1 };
}
