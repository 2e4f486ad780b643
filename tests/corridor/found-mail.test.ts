import { afterAll, beforeAll, expect, it } from 'vitest';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { hostAlert, madePlaybook, ws0117 } from './questions.ts';

/* Several runs want one copy of a mail away: whoever lets go last puts it back where the first one took it from. */

let corridor: Corridor;
let bo: PersonId;
let id = '';
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  const mail = corridor.lab.estate.state().mails.find(({ place }) => place === 'junk');
  if (mail === undefined) throw new Error('the estate has no mail in junk');
  id = mail.id;
  await corridor.publish(
    madePlaybook(
      'mail',
      `  - id: act
    action: mail.quarantine-message
    with: { message_id: "${id}", mailbox: "${mail.recipient}" }
    lease: 72h
`,
    ),
  );
});
afterAll(() => corridor.close());

const place = () => corridor.lab.estate.mail(id).place;

let sent = 0;
async function quarantined(): Promise<RunId> {
  sent += 1;
  await corridor.sendBody(hostAlert('mail', `mail-${sent}`, ws0117));
  await corridor.rest();
  expect(place()).toBe('quarantine');
  return (await corridor.runs()).at(-1)?.id as RunId;
}

async function takenBack(runId: RunId): Promise<void> {
  const { parts } = corridor.engine;
  const said = { actor: { kind: 'person' as const, id: bo, channel: 'api' as const }, personId: bo };
  expect(
    await undoRun(parts, { runId, steps: null, reason: 'It was fine', requestId: 'test', ...said }),
  ).toMatchObject({ ok: true });
  await corridor.rest();
}

it('the mail goes back to the folder it came from, whoever lets go last', async () => {
  const [first, second, third] = [await quarantined(), await quarantined(), await quarantined()];
  const { rows } = await corridor.database.app.query<{ origin: string }>(
    'select origin from undo_records order by seq',
  );
  expect(rows.map(({ origin }) => origin)).toEqual(['ours', 'found', 'found']);
  await takenBack(first);
  await takenBack(second);
  expect(place()).toBe('quarantine');
  // It found what the second one had found.
  const fourth = await quarantined();
  await takenBack(third);
  expect(place()).toBe('quarantine');
  await takenBack(fourth);
  expect(place()).toBe('junk');
});
