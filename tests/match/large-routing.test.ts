import { expect, it } from 'vitest';
import { publishRouting } from '../../engine/runtime/publish-routing.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { actor, openMatching } from './open-matching.ts';

/* Ten thousand entries are a second of thought; leases are renewed and people answered meanwhile. */

let turns = 0;
const seen = { idsRead: 0, writing: 0 };

/** Notes how many turns others have had when the ids are there, and when the result is written. */
const noting = (database: Database): Database => ({
  ...database,
  async query(text, values) {
    const answer = await database.query<never>(text, values);
    if (text.startsWith('select id from playbooks')) seen.idsRead = turns;
    return answer;
  },
  transaction(work, options) {
    seen.writing = turns;
    return database.transaction(work, options);
  },
});

const at = await openMatching(noting);

it('a large routing file lets others have their turn between its pieces', async () => {
  const entries = Array.from(
    { length: 10_000 },
    (_, n) => `  - { id: none-${n}, match: alert.category == "c${n}" }\n`,
  );
  let counting = true;
  const count = () => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  count();
  const source = `kind: routing/v1\nplaybooks:\n${entries.join('')}`;
  const refused = await publishRouting(at.engine.parts, {
    source,
    file: 'routing.yaml',
    version: 0,
    actor,
    requestId: 'test',
  });
  counting = false;
  expect(refused).toMatchObject({ ok: false, code: 'match/unknown-playbook' });
  expect(seen.idsRead).toBeGreaterThan(0);
  expect(seen.writing - seen.idsRead).toBeGreaterThan(50);
}, 30_000);
