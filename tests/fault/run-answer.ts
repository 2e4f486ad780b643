import { createRegistry } from '../../actions/registry.ts';
import { answerTask, type TaskAnswerInput } from '../../engine/runtime/answer-task.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openEngine, systemsOf } from '../../engine/runtime/open-engine.ts';
import { openDatabase } from '../../engine/runtime/store/database.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { labConnections } from '../support/corridor.ts';
import { memoryQueue } from '../support/memory-queue.ts';
import { imapOut, ldapOut } from '../support/ways-out.ts';
import { dieAt } from './die-at.ts';

/*
 * Program: a process that does nothing but take one person's answer about an unknown outcome, as one with the
 * API's role alone does. Prints what became of it, when it lives to say it.
 */

const { databaseUrl, labUrl, answer } = JSON.parse(process.argv[2] ?? '{}') as {
  databaseUrl: string;
  labUrl: string;
  answer: TaskAnswerInput;
};
const database = openDatabase(databaseUrl, { role: 'riposte_app', max: 3 });
const registry = createRegistry();
const http = createHttp({ allowPrivate: true });
const engine = openEngine({
  database,
  tenant: defaultTenant,
  mint: mintId,
  log: () => undefined,
  courier: memoryQueue(),
  registry,
  http,
  ldap: ldapOut,
  imap: imapOut,
  connections: labConnections(labUrl, systemsOf(registry)),
  clock: { nowMs: Date.now },
  worker: 'answer',
  publicUrl: 'http://riposte.example',
  leaseMarginMs: 10_000,
  executeWithinMs: 900_000,
  workerConcurrency: 1,
  onEntries: () => undefined,
  ...dieAt(process.env.FAULT_DIE_AT),
});
const answered = await answerTask(engine.parts, engine.advancer, answer);
process.stdout.write(`${JSON.stringify(answered)}\n`);
process.exit(0);
