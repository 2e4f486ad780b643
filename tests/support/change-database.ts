import { postgresServer, type TestDatabase } from './database.ts';
import { withClient } from './services.ts';

/**
 * Gives two databases each other's names, and cuts whoever uses them: what is at the address of the first from now on
 * is the second, as after a backup was put back or a standby that lagged behind was promoted.
 */
export async function exchangeDatabases(one: TestDatabase, other: TestDatabase): Promise<void> {
  const [first, second] = [one, other].map(({ url }) => new URL(url).pathname.slice(1));
  const { superuserUrl } = await postgresServer();
  await withClient(superuserUrl, async (client) => {
    const names: [string | undefined, string | undefined][] = [
      [first, `${first}_aside`],
      [second, first],
      [`${first}_aside`, second],
    ];
    for (const [from, to] of names) {
      await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [from]);
      await client.query(`alter database ${from} rename to ${to}`);
    }
  });
}
