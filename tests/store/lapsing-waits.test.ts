import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTimekeeper } from '../../engine/runtime/keep-time.ts';
import { openMatching } from '../match/open-matching.ts';

/* What lapses takes the lock of whoever confirms or lifts. While somebody holds it, nothing that is due waits for that. */

const unused = { submit: async () => undefined, drained: async () => undefined };

it.each([
  [
    'guardrails_in_force',
    'proposed guardrails',
    `with proposed as (
       insert into guardrails_versions (tenant_id, version, digest, source, guardrails, proposed_by, proposed_at)
       values ('default', 1, 'sha256:1', '', '{}', 'per_1', clock_timestamp() - interval '15 days') returning version)
     insert into guardrails_in_force (tenant_id, proposal) select 'default', version from proposed
     on conflict (tenant_id) do update set proposal = excluded.proposal`,
    'select 1 from guardrails_in_force where proposal is not null',
  ],
  [
    'pauses',
    'what one of two people said',
    `insert into pauses (tenant_id, active, generation, set_by, set_at, reason, lift_asked_by)
     values ('default', true, 1, 'per_1', clock_timestamp(), 'why', 'per_1')
     on conflict (tenant_id) do update set active = true, set_by = 'per_1', set_at = clock_timestamp(), reason = 'why',
       lift_asked_by = 'per_1';
     update pauses set lift_asked_at = clock_timestamp() - interval '2 hours'`,
    'select 1 from pauses where lift_asked_by is not null',
  ],
])(
  'while %s is locked the looks at what is due go on, and afterwards %s lapse',
  async (table, what, put, stands) => {
    const { engine, database } = await openMatching();
    for (const statement of put.split(';')) await database.owner.query(statement);
    const said: string[] = [];
    let looks = 0;
    const db = engine.parts.database;
    const watched: typeof db = {
      ...db,
      query: (text, values) => {
        if (text.includes('from deadlines')) looks += 1;
        return db.query(text, values);
      },
    };
    const log: typeof engine.parts.log = (_level, message) => void said.push(message);
    const timekeeper = createTimekeeper({ ...engine.parts, database: watched, log }, unused);
    await database.owner.transaction(async (tx) => {
      await tx.query(`lock table ${table} in exclusive mode`);
      timekeeper.start();
      while (said.length === 0) await sleep(10);
      const before = looks;
      while (looks < before + 4) await sleep(10);
    });
    expect([...new Set(said)]).toEqual([`looking whether ${what} lapses failed; trying again`]);
    while ((await database.owner.query(stands)).rowCount > 0) await sleep(10);
    await timekeeper.stop();
  },
);
