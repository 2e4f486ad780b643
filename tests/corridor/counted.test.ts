import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Corridor, openCorridor, shippedPlaybooks } from '../support/corridor.ts';

let corridor: Corridor;
const counted: string[] = [];
beforeAll(async () => {
  corridor = await openCorridor({
    playbooks: shippedPlaybooks,
    meters: {
      attempted({ action, purpose }, outcome, seconds) {
        counted.push(`${action} ${purpose} ${outcome}`);
        expect(seconds).toBeGreaterThan(0);
      },
      answered: () => undefined,
      counted: () => undefined,
    },
  });
});
afterAll(() => corridor.close());

it('each attempt is counted once, with what came of it', async () => {
  await corridor.send('01-ransomware-on-workstations.json');
  await corridor.rest();
  const { rows } = await corridor.database.owner.query<{ said: string }>(
    `select action || ' ' || purpose || ' ' || (outcome->>'kind') as said from attempts where state = 'done'`,
  );
  expect(rows.length).toBeGreaterThan(3);
  expect(counted.toSorted()).toEqual(rows.map(({ said }) => said).toSorted());
  expect(counted).toContain('edr.isolate-host perform accepted');
}, 60_000);
