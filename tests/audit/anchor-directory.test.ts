import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { useDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { numbered, origin, record, sequencerOf, testSigner } from './open-log.ts';

test('an old head that is copied under a higher name does not pass for the newest', async () => {
  const database = await useDatabase();
  const root = await temporaryFolder();
  const place = anchorDirectory(root);
  for (const from of [0, 10]) {
    await record(database, numbered(10, from));
    const sequencer = sequencerOf(database.sequencer, { places: [place] });
    await sequencer.start();
    await sequencer.stop();
  }
  const folder = join(root, encodeURIComponent(origin));
  const [oldest = ''] = readdirSync(folder).sort();
  const known = { origin, keys: [verifierKey(origin, testSigner.publicKey)] };
  expect(await place.newest(known)).toMatchObject({ size: 21 });
  copyFileSync(join(folder, oldest), join(folder, '9999999999999999.checkpoint'));
  expect(await place.newest(known)).toMatchObject({ size: 21 });
});
