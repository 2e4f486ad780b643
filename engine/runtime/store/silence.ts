import type { Socket } from 'node:net';
import type { PoolClient } from 'pg';

/*
 * A machine that loses its power and a network that drops what it carried end no connection: whoever waits for an
 * answer waits until TCP gives up, a quarter of an hour or two hours. A server that lives ends every statement of ours
 * after half a minute, with an answer or without (`statement_timeout`), so one that has said nothing for longer is left.
 */

/** Five seconds more than `statement_timeout`. */
export const silenceMsMax = 35_000;

/** Where nothing is under way TCP itself asks, every second from here on; ten questions without an answer are enough. */
export const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 } as const;

/** Once the connection stands; pools close what nobody uses long before. */
export function leaveSilent(client: PoolClient, silentMs = silenceMsMax): void {
  const socket = socketOf(client);
  socket.setTimeout(silentMs, () => {
    const error = new Error(`the database has not answered for ${silentMs / 1_000} seconds`);
    socket.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  });
}

/** Of a connection on which long silence is what one expects. */
export function bearSilence(client: PoolClient): void {
  socketOf(client).setTimeout(0);
}

export function socketOf(client: PoolClient): Socket {
  return (client as PoolClient & { connection: { stream: Socket } }).connection.stream;
}
