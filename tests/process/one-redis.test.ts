import { expect, it } from 'vitest';
import { openCourier } from '../../api/process/open-courier.ts';
import type { Courier, Lot } from '../../engine/runtime/queue/courier.ts';
import { migrate } from '../../engine/runtime/store/migrate.ts';
import { type AttemptId, mintId } from '../../schemas/ids.ts';
import { useDatabase } from '../support/database.ts';
import { useRedis } from '../support/redis.ts';
import { releaseAfter } from '../support/release-after.ts';
import { migrationsDir } from '../support/services.ts';

const redis = await useRedis();

it.skipIf(redis.missing !== null)('two installations on one Redis take nothing of each other', async () => {
  const open = async (): Promise<{ courier: Courier; taken: AttemptId[] }> => {
    const { url, app } = await useDatabase({ migrated: false });
    await migrate(url, migrationsDir);
    const courier = await openCourier({ kind: 'single', url: redis.url }, url, app, () => undefined);
    releaseAfter(() => courier.close(0));
    const taken: AttemptId[] = [];
    await courier.work(['edr'], { concurrency: 1 }, async ({ attemptIds }) => {
      taken.push(...attemptIds);
    });
    return { courier, taken };
  };
  const [one, other] = [await open(), await open()];
  const attemptIds = Array.from({ length: 30 }, () => mintId('AttemptId'));
  const lots = attemptIds.map(
    (id): Lot => ({ id: mintId('LotId'), system: 'edr', priority: 1, attemptIds: [id] }),
  );
  for (const lot of lots) await one.courier.send([lot]);
  await expect.poll(() => one.taken.length + other.taken.length).toBe(30);
  expect(other.taken).toEqual([]);
  expect(one.taken.sort()).toEqual(attemptIds.sort());
});
