import { describe, expect, it } from 'vitest';
import type { Json } from '../../schemas/json.ts';
import { openMatching, ownAlert, waitingPlaybook } from '../match/open-matching.ts';
import { device, vendorAlert } from './vendor-alert.ts';

const at = await openMatching();

async function entries(): Promise<{ type: string; code?: string; reason?: string }[]> {
  const { rows } = await at.database.owner.query<{ entry: string }>(
    `select convert_from(entry, 'utf8') as entry from audit_pending order by enqueued_at, id`,
  );
  return rows.map((row) => JSON.parse(row.entry));
}

describe('the same alert twenty times at once', () => {
  it('is one alert, nineteen duplicates, and one run for each thing it names', async () => {
    await at.publish(waitingPlaybook('storm', ''));
    const hosts = ['H1', 'H2'].map((id) => ({ id, name: id }));
    const body = ownAlert('storm-1', { category: 'storm', targets: { hosts }, incident: { id: 'I-1' } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => at.accept(body)));
    const accepted = answers.flatMap((answer) => (answer.ok ? [answer] : []));
    expect(accepted).toHaveLength(20);
    expect(accepted.filter((answer) => answer.duplicate)).toHaveLength(19);
    expect(new Set(accepted.map((answer) => answer.alertId)).size).toBe(1);
    await Promise.all([at.match(), at.match(), at.match()]);
    expect(await at.runs('storm')).toHaveLength(2);
    const counted = await at.database.app.query(
      `select (select count(*) from alerts)::int as alerts, (select count(*) from incidents)::int as incidents,
         (select count(*) from alert_targets)::int as targets`,
    );
    expect(counted.rows).toEqual([{ alerts: 1, incidents: 1, targets: 2 }]);
    const types = (await entries()).map((entry) => entry.type);
    expect(types.filter((type) => type === 'alert.accepted')).toHaveLength(1);
    expect(types.filter((type) => type === 'alert.duplicate')).toHaveLength(19);
  });

  it('from another source is another alert', async () => {
    expect(await at.accept(ownAlert('storm-1'), 'other')).toMatchObject({ ok: true, duplicate: false });
  });
});

describe('an incident', () => {
  it('is shared by its alerts and only grows more severe', async () => {
    const severityOf = async () =>
      (
        await at.database.app.query<{ severity: string }>(
          `select severity from incidents where source_id = 'I-2'`,
        )
      ).rows.map((row) => row.severity);
    const seen: string[][] = [];
    for (const severity of ['medium', 'critical', 'low']) {
      await at.accept(ownAlert(`inc-${severity}`, { severity, incident: { id: 'I-2' } }));
      seen.push(await severityOf());
    }
    expect(seen).toEqual([['medium'], ['critical'], ['critical']]);
  });
});

describe('what cannot be stored', () => {
  it.each<[string, Json]>([
    ['U+0000 in a text column', ownAlert('bad-1', { title: 'a\0b' })],
    ['half a surrogate pair in a text column', ownAlert('bad-2', { title: 'a\ud800' })],
    ['U+0000 in the id of a target', ownAlert('bad-3', { targets: { hosts: [{ id: 'H\0', name: 'h' }] } })],
    ['U+0000 in the original', ownAlert('bad-4', { raw: { deep: ['\0'] } })],
    ['half a pair in a key of the original', ownAlert('bad-5', { raw: { '\udc00': 1 } })],
    [
      'a number that would be stored as null',
      ownAlert('bad-6', { raw: { score: Number.POSITIVE_INFINITY } }),
    ],
    ["U+0000 in the vendor's form", vendorAlert([{ ...device, hostName: '\0' }])],
    ['no object', ['\0']],
  ])('is refused with a place and an entry, and the next alert is not affected: %s', async (what, body) => {
    const before = (await entries()).filter((entry) => entry.type === 'alert.refused').length;
    const answer = await at.accept(body);
    expect(answer).toMatchObject({
      ok: false,
      code: 'request/invalid',
      errors: [{ pointer: expect.any(String), code: 'request/invalid' }],
    });
    const refused = (await entries()).filter((entry) => entry.type === 'alert.refused');
    expect(refused).toHaveLength(before + 1);
    expect(refused.at(-1)).toMatchObject({ code: 'request/invalid' });
    expect(await at.accept(ownAlert(`after ${what}`))).toMatchObject({ ok: true, duplicate: false });
  });

  it('is only that: every other character is stored and read back as it was', async () => {
    const title = '\u0001\u001b[31m\u202e\ufffe\uffff😀 ‘’ \\u0000 \' " ; drop table alerts; --';
    const accepted = await at.accept(ownAlert('odd', { title, raw: { [title]: title } }));
    const { rows } = await at.database.app.query<{ title: string; alert: { title: string }; raw: Json }>(
      'select title, alert, raw from alerts where id = $1',
      [accepted.ok ? accepted.alertId : ''],
    );
    expect(rows).toMatchObject([{ title, alert: { title }, raw: { [title]: title } }]);
  });

  it('is not a text that is merely as long as the schema allows, in any script', async () => {
    const wide = (length: number, from: number) =>
      Array.from({ length }, (_, index) => String.fromCodePoint(from + ((index * 7919) % 20_000))).join('');
    const body = ownAlert(wide(512, 0x4e00), {
      incident: { id: wide(512, 0x4e01) },
      source: wide(128, 0x4e02),
      targets: {
        hosts: [{ id: wide(512, 0x4e03), name: wide(512, 0x4e04) }],
        files: [{ name: wide(1024, 0x4e05) }],
        mails: [{ id: wide(1024, 0x4e06), network_message_id: '', recipient: '', sender: '', subject: '' }],
      },
    });
    expect(await at.accept(body)).toMatchObject({ ok: true, duplicate: false });
    expect(await at.accept(body)).toMatchObject({ ok: true, duplicate: true });
  });
});

it('a refused alert leaves nothing but its entry', async () => {
  const { rows } = await at.database.app.query(`select id from alerts where source_id like 'bad-%'`);
  expect(rows).toEqual([]);
});
