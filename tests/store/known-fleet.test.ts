import { expect, it } from 'vitest';
import type { EngineParts } from '../../engine/runtime/engine-parts.ts';
import { knownFleet } from '../../engine/runtime/known-fleet.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { useDatabase } from '../support/database.ts';

/* What a share is of (language reference 11.1): counted each time while it is small, once a minute when it is large. */

const { app } = await useDatabase();

const lookUp = (kind: string, from: number, until: number) =>
  app.query(
    `insert into target_facts (tenant_id, kind, target_id, facts)
     select $1, $2, n::text, '{}' from generate_series($3::int, $4::int - 1) n`,
    [defaultTenant, kind, from, until],
  );

it('a small fleet is counted each time, a large one again after a minute', async () => {
  const parts = { tenant: defaultTenant } as EngineParts;
  const known = (atMs: number) => knownFleet(app, parts, 'host', atMs);
  expect(await known(0)).toBe(0);
  await lookUp('host', 0, 999);
  expect(await known(0)).toBe(999);
  await lookUp('host', 999, 1_000);
  expect(await known(0)).toBe(1_000);
  await lookUp('host', 1_000, 1_500);
  expect(await known(59_999)).toBe(1_000);
  expect(await known(60_000)).toBe(1_500);
  // The other way round, as after a clock that was set back.
  await lookUp('host', 1_500, 1_600);
  expect(await known(0)).toBe(1_600);
  expect(await knownFleet(app, parts, 'user', 0)).toBe(0);
  expect(await knownFleet(app, { ...parts }, 'host', 0)).toBe(1_600);
});
