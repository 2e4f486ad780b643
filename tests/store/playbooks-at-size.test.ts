import { beforeAll, describe, expect, it } from 'vitest';
import { BadCursor } from '../../engine/runtime/read/cursor.ts';
import type { PlaybookFilter } from '../../engine/runtime/read/list-playbooks.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { claimAttempts } from '../../engine/runtime/store/queries/claim-attempts.ts';
import { readStops } from '../../engine/runtime/store/queries/win-facts.ts';
import { type AttemptId, defaultTenant as t } from '../../schemas/ids.ts';
import { openMatching, waitingPlaybook } from '../match/open-matching.ts';
import { explainAll } from './explain-all.ts';
import { growPlaybooks } from './grow-playbooks.ts';
import { rowsTouched } from './rows-touched.ts';
import { type Statements, watchStatements } from './watch-statements.ts';

/* Five thousand playbooks: a page of them costs what it shows, and going through the pages shows each of them once. */

const size = 5_000;
/** Twenty-one playbooks with their versions and who published them, and what the index leads to besides. */
const rowsMax = 200;

const at = await openMatching();
const { owner } = at.database;
const statements: Statements = new Map();
const read = openRead(watchStatements(at.database.app, statements));

beforeAll(async () => {
  await at.publish(waitingPlaybook('noise', ''));
  await at.publish(waitingPlaybook('quiet', '').replace('mode: enforce', 'mode: audit'));
  await growPlaybooks(owner, 'noise', size - 2);
}, 60_000);

async function wholeList(
  filter: PlaybookFilter,
  meanwhile: (page: number) => Promise<void>,
): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; ; page++) {
    const { items, next } = await read.listPlaybooks(t, filter, { limit: 200, cursor });
    seen.push(...items.map(({ id }) => id));
    if (next === null) return seen;
    cursor = next;
    await meanwhile(page);
  }
}

describe(`${size} playbooks`, () => {
  it.each([
    ['the first pages', {}],
    ['of one mode', { mode: 'audit' }],
    ['of another mode', { mode: 'enforce' }],
    ['those that are off', { enabled: false }],
    ['those that are on, of a mode', { enabled: true, mode: 'enforce' }],
    ['with a word in the title', { q: 'person' }],
  ] satisfies [string, PlaybookFilter][])(
    'a page and the one after it read what they show: %s',
    async (_name, filter) => {
      statements.clear();
      const first = await read.listPlaybooks(t, filter, { limit: 20 });
      if (first.next !== null) await read.listPlaybooks(t, filter, { limit: 20, cursor: first.next });
      expect(first.items.length).toBeGreaterThan(0);
      const touched = [...(await rowsTouched(owner, statements)).values()];
      expect(Math.max(...touched)).toBeLessThanOrEqual(rowsMax);
      expect(await explainAll(at.database, statements)).toEqual([]);
    },
  );

  it('names for a choice, and whether there is any that acts, are read without the plans', async () => {
    statements.clear();
    // A word may stand anywhere in a name, so it is looked for in all of them: of the table itself, and of nothing else.
    expect(await read.namePlaybooks(t, 'NOISE-0498', 20)).toHaveLength(10);
    const atOnce = 'Bitmap Index Scan over all of playbooks_by_enabled';
    expect((await explainAll(at.database, statements)).filter(({ how }) => how !== atOnce)).toEqual([]);
    expect(await read.namePlaybooks(t, undefined, 20)).toHaveLength(20);
    expect(await read.namePlaybook(t, 'noise-00001')).toEqual({
      id: 'noise-00001',
      title: 'Wait for a person 1',
    });
    expect(await read.namePlaybook(t, 'noise-0000')).toBeNull();
    expect(await read.countActing(t, 101)).toBe(101);
    expect([...statements.keys()].filter((text) => text.includes('playbook_versions'))).toEqual([]);
    expect(await explainAll(at.database, statements)).toEqual([]);
  });

  it('going through the pages shows each once, while others publish, change and switch off in between', async () => {
    const { rows } = await owner.query<{ id: string }>('select id from playbooks');
    const before = rows.map(({ id }) => id);
    const meanwhile = async (page: number) => {
      // In front of what was shown, behind it, a new version of one that was shown, and one that is yet to come.
      await at.publish(waitingPlaybook(`added-${page}`, ''));
      await at.publish(waitingPlaybook(`noise-${page}-zz`, ''));
      await at.publish(waitingPlaybook(`zz-${page}`, ''));
      for (const id of [`noise-0000${page % 9}`, 'quiet'])
        await at.publish(
          waitingPlaybook(id, '')
            .replace('Wait for a person', `Again ${page}`)
            .replace('1.0.0', `1.0.${page + 1}`),
        );
      await owner.query('update playbooks set enabled = not enabled where id = $1', [
        `noise-0490${page % 9}`,
      ]);
    };
    const seen = await wholeList({}, meanwhile);
    expect(new Set(seen).size).toBe(seen.length);
    expect(before.filter((id) => !seen.includes(id))).toEqual([]);
    expect(seen.filter((id) => id.startsWith('added-'))).toEqual([]);
    // Published behind the place where the reader is: it comes too.
    expect(seen.filter((id) => id.startsWith('zz-')).length).toBeGreaterThan(20);
  }, 60_000);

  it('what a list shows is what the current version says', async () => {
    await at.publish(waitingPlaybook('changing', ''));
    await at.publish(
      waitingPlaybook('changing', '')
        .replace('Wait for a person', 'Look first')
        .replace('mode: enforce', 'mode: ask')
        .replace('1.0.0', '1.1.0'),
    );
    const { items } = await read.listPlaybooks(t, { q: 'look first' }, { limit: 20 });
    expect(items).toMatchObject([{ id: 'changing', title: 'Look first', mode: 'ask', version: '1.1.0' }]);
    await owner.query(`update playbooks set title = 'Said by hand', mode = 'audit' where id = 'changing'`);
    const again = await read.listPlaybooks(t, { q: 'changing' }, { limit: 20 });
    expect(again.items).toEqual(items);
    await expect(
      owner.query(`insert into playbooks (tenant_id, id, current_version) values ($1, 'nothing', 1)`, [t]),
    ).rejects.toThrow('there is no version 1');
  });

  it('a cursor of another filter is refused', async () => {
    const { next } = await read.listPlaybooks(t, { mode: 'enforce' }, { limit: 1 });
    await expect(read.listPlaybooks(t, {}, { limit: 1, cursor: next ?? '' })).rejects.toThrow(BadCursor);
  });
});

it('a dispatch looks at what is stopped, not at all that could be', async () => {
  await owner.query(
    `update stops set active = true, reason = 'Wrong in the night' where scope = 'playbook' and subject = 'noise-00042'`,
  );
  statements.clear();
  const watched = watchStatements(at.database.app, statements);
  const [stops] = await watched.transaction(async (tx) => [
    await readStops(tx, t),
    await claimAttempts(tx, t, ['att_none' as AttemptId], 'test', 1_000),
  ]);
  expect(stops?.map(({ subject }) => subject)).toEqual(['log', 'noise-00042']);
  expect(Math.max(...(await rowsTouched(owner, statements)).values())).toBeLessThanOrEqual(20);
  const { items } = await read.listStops(t, { active: true }, { limit: 10 });
  expect(items).toMatchObject([{ scope: 'playbook', subject: 'noise-00042', reason: 'Wrong in the night' }]);
});
