import { createRetention } from '../../engine/runtime/keep-retention.ts';
import { openDatabase } from '../../engine/runtime/store/database.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { dieAt } from './die-at.ts';

/* Program: a process that does nothing but let rows go that are over, until it is ended. */

const retention = createRetention({
  database: openDatabase(process.argv[2] ?? '', { role: 'riposte_app', max: 2 }),
  tenant: defaultTenant,
  mint: mintId,
  log: (_level, message, fields) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
  days: 31,
  onEntries: () => undefined,
  ...dieAt(process.env.FAULT_DIE_AT),
});
retention.start();
// Its timer keeps no process going.
setInterval(() => undefined, 1_000);
