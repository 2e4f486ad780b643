import { expect, it } from 'vitest';
import { breakGlass } from '../../engine/core/approval/judge-break-glass.ts';
import { mutualWithinMs } from '../../engine/core/approval/judge-review.ts';
import { addApproval, addPerson, addRun, insertRow } from '../support/corridor-rows.ts';
import { useDatabase } from '../support/database.ts';
import { checkViolation, noRight, refused } from '../support/refused.ts';

/* The database keeps the bounds of deciding alone by itself, for whoever writes past the engine. */

const { owner, app } = await useDatabase();
const tenant_id = 'default';
const reason = 'x'.repeat(breakGlass.reasonLengthMin);
const hour = 3_600_000;

async function byOwner(table: string, statement: string, values: unknown[]): Promise<void> {
  await owner.query(`alter table ${table} disable trigger user`);
  await owner.query(statement, values);
  await owner.query(`alter table ${table} enable trigger user`);
}

async function holder(ageMs: number = breakGlass.ripensMs + 60_000): Promise<string> {
  const id = await addPerson(app, { roles: ['break-glass'] });
  const since = new Date(Date.now() - ageMs);
  await byOwner('people', 'update people set break_glass_since = $2 where id = $1', [id, since]);
  return id;
}

async function use(person_id: string, row: object = {}): Promise<string> {
  const approval_id = await addApproval(app, await addRun(app));
  await insertRow(app, 'break_glass', { tenant_id, approval_id, person_id, reason, ...row });
  return approval_id;
}

const since = async (id: string) =>
  (await owner.query<{ s: Date | null }>('select break_glass_since as s from people where id = $1', [id]))
    .rows[0]?.s ?? null;

it('dates the role by itself, and nobody can date it back', async () => {
  const id = await addPerson(app, { roles: ['break-glass'], break_glass_since: new Date('2020-01-01') });
  const given = await since(id);
  expect(given?.getTime()).toBeGreaterThan(Date.now() - hour);
  await app.query(`update people set break_glass_since = '2020-01-01' where id = $1`, [id]);
  await app.query(`update people set roles = array['break-glass', 'viewer'] where id = $1`, [id]);
  expect(await since(id)).toEqual(given);
  await app.query(`update people set roles = array['viewer'] where id = $1`, [id]);
  expect(await since(id)).toBeNull();
  await app.query(`update people set roles = array['break-glass'] where id = $1`, [id]);
  expect((await since(id))?.getTime()).toBeGreaterThan(given?.getTime() ?? 0);
});

it('knows the same bounds as the engine', async () => {
  expect(await refused(use(await holder(breakGlass.ripensMs - 60_000)))).toBe(checkViolation);
  const id = await holder();
  expect(await refused(use(id, { reason: reason.slice(1) }))).toBe(checkViolation);
  expect(await refused(use(id, { reason: ` ${reason.slice(1)} ` }))).toBe(checkViolation);
  expect(await refused(use(id, { reason: 'x'.repeat(breakGlass.reasonLengthMax + 1) }))).toBe(checkViolation);
  // Backdating does not make room for more.
  for (let n = 0; n < breakGlass.usesPerDay; n++) await use(id, { at: new Date('2020-01-01') });
  expect(await refused(use(id))).toBe(checkViolation);
});

it('counts who said yes beside the one who breaks the glass, as far as the guardrails want it', async () => {
  const approval_id = await addApproval(app, await addRun(app), { quorum: 3, glass_quorum: 2 });
  const [id, other] = [await holder(), await addPerson(app)];
  const row = { tenant_id, approval_id, person_id: id, reason };
  const vote = (person_id: string) =>
    insertRow(app, 'decisions', {
      tenant_id,
      id: `dec_${person_id}`,
      approval_id,
      person_id,
      decision: 'approve',
      digest: 'd',
    });
  await vote(id);
  expect(await refused(insertRow(app, 'break_glass', row))).toBe(checkViolation);
  await vote(other);
  expect(await refused(insertRow(app, 'break_glass', row))).toBeNull();
});

it('two people do not review each other within the days that the engine says', async () => {
  const [one, two] = [await holder(), await holder()];
  const review = (approval_id: string, reviewed_by: string, at = new Date()) =>
    insertRow(app, 'break_glass_reviews', {
      tenant_id,
      approval_id,
      reviewed_by,
      finding: 'justified',
      comment: 'seen',
      at,
    });
  const first = await use(one);
  // Backdating does not hide it.
  await review(first, two, new Date('2020-01-01'));
  const second = await use(two);
  expect(await refused(review(second, one))).toBe(checkViolation);
  await byOwner('break_glass_reviews', 'update break_glass_reviews set at = $2 where approval_id = $1', [
    first,
    new Date(Date.now() - mutualWithinMs - 60_000),
  ]);
  expect(await refused(review(second, one))).toBeNull();
});

it('refuses who has no role, is switched off, or has what nobody reviewed in time', async () => {
  expect(await refused(use(await addPerson(app, { roles: ['admin'] })))).toBe(checkViolation);
  const off = await holder();
  await app.query('update people set active = false where id = $1', [off]);
  expect(await refused(use(off))).toBe(checkViolation);
  const late = await holder();
  const first = await use(late);
  await byOwner('break_glass', 'update break_glass set at = $2 where approval_id = $1', [
    first,
    new Date(Date.now() - breakGlass.reviewWithinMs - 60_000),
  ]);
  expect(await refused(use(late))).toBe(checkViolation);
  const review = { tenant_id, approval_id: first, finding: 'justified', comment: 'seen' };
  expect(await refused(insertRow(app, 'break_glass_reviews', { ...review, reviewed_by: late }))).toBe(
    checkViolation,
  );
  await insertRow(app, 'break_glass_reviews', { ...review, reviewed_by: await addPerson(app) });
  expect(await refused(use(late))).toBeNull();
});

it('refuses what is decided already, and any change afterwards', async () => {
  const id = await holder();
  const approval_id = await addApproval(app, await addRun(app), { state: 'denied' });
  expect(
    await refused(insertRow(app, 'break_glass', { tenant_id, approval_id, person_id: id, reason })),
  ).toBe(checkViolation);
  await use(id);
  for (const database of [app, owner]) {
    expect(await refused(database.query(`update break_glass set reason = reason || '!'`))).toBe(noRight);
    expect(await refused(database.query('delete from break_glass'))).toBe(noRight);
    expect(await refused(database.query('delete from break_glass_reviews'))).toBe(noRight);
  }
});

it('lets no token carry the role', async () => {
  const token = {
    tenant_id,
    id: 'tok_glass',
    hash: Buffer.alloc(32, 7),
    kind: 'service',
    name: 'bot',
    roles: ['viewer', 'break-glass'],
    created_by: 'system',
    expires_at: new Date('2100-01-01'),
  };
  expect(await refused(insertRow(app, 'tokens', token))).toBe(checkViolation);
});
