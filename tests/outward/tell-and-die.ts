import { keepNotices } from '../../engine/runtime/outward/keep-notices.ts';
import { openDatabase } from '../../engine/runtime/store/database.ts';
import { noticeParts } from '../support/notices.ts';

/*
 * Program: a worker that tells what is due and ends itself, as `kill -9` does: before the request goes out, or
 * after the receiver has said yes and before that is written.
 */

const { databaseUrl, labUrl, dies } = JSON.parse(process.argv[2] ?? '{}') as {
  databaseUrl: string;
  labUrl: string;
  dies: 'before-send' | 'after-answer';
};
const die = () => process.kill(process.pid, 'SIGKILL');
const database = openDatabase(databaseUrl, { role: 'riposte_app', max: 2 });
const parts = noticeParts(database, labUrl);
const { http } = parts;
await keepNotices({
  ...parts,
  http: {
    async send(request) {
      if (dies === 'before-send') die();
      const answer = await http.send(request);
      die();
      return answer;
    },
  },
});
