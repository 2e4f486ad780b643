import { createRegistry } from '../../actions/registry.ts';
import { type Compilation, compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { testRegistry } from '../compile/manifests.ts';

/*
 * The examples on the pages of codes are parts of playbooks: they show only what matters. Here the rest
 * is put around them, so that each can be compiled against the installed actions.
 */

const frame: readonly (readonly [key: string, text: string])[] = [
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

/** What the catalogue has no example of: an argument that its target reads as a URL. */
const fetchPage = testRegistry.get('web.fetch-page');
const registry = new Map([...manifestsOf(createRegistry())]);
if (fetchPage) registry.set(fetchPage.key, fetchPage);
export const pageRegistry: typeof testRegistry = registry;

const connections: ReadonlyMap<string, readonly string[]> = new Map([['edr', ['emea']]]);

/** The part as a whole playbook, and the line that its mark points at. */
export function framed(part: string): { text: string; marked: number | null } {
  const missing = frame.filter(([key]) => !new RegExp(`^${key}:`, 'm').test(part));
  const text = `${missing.map(([, line]) => line).join('\n')}\n${part}`;
  const marked = text.split('\n').findIndex((line) => line.endsWith('# <- here'));
  return { text, marked: marked === -1 ? null : marked + 1 };
}

export function compilePart(part: string): Compilation {
  return compilePlaybook(framed(part).text, { file: 'example.yaml', registry: pageRegistry, connections });
}
