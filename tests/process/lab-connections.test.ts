import { expect, test } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { readConfig } from '../../api/process/config.ts';
import { connectionsTo } from '../../api/process/start.ts';
import { systemsOf } from '../../engine/runtime/open-engine.ts';
import { madeSecrets } from '../support/made-secrets.ts';

test('the lab estate is a connection of what it speaks, and no mail server or directory is made up', () => {
  const systems = systemsOf(createRegistry());
  const served = connectionsTo(readConfig({}), 'http://127.0.0.1:9', systems, madeSecrets()).map(
    ({ system }) => system,
  );
  expect(systems).toContain('imap');
  for (const system of ['imap', 'ldap']) expect(served).not.toContain(system);
  expect(served).toEqual(expect.arrayContaining(['edr', 'directory', 'mail', 'chat']));
});
