import type { PoolClient } from 'pg';

/*
 * A pool outlives its server. At the same address another one may answer: a standby that lagged behind, or a backup
 * that was put back. Numbers that never come twice in one database come again there, with other rows under them.
 */

const text = `
select concat_ws('/', extract(epoch from pg_postmaster_start_time()),
  (select oid from pg_database where datname = current_database())) as server`;

export interface ServerWatch {
  /** Of a connection that was just made, before anybody else has it: nobody hears an answer of it before this one. */
  ask(client: PoolClient): void;
  /** How often another server answered, or the same one after another start. */
  turns(): number;
}

export function watchServer(): ServerWatch {
  let last: string | null = null;
  let turns = 0;
  return {
    ask(client) {
      client.query<{ server: string }>(text).then(
        ({ rows }) => {
          const server = rows[0]?.server ?? null;
          if (last !== null && server !== last) turns += 1;
          last = server;
        },
        // A connection that breaks off is used by nobody.
        () => undefined,
      );
    },
    turns: () => turns,
  };
}
