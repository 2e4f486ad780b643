import { once } from 'node:events';
import { createServer } from 'node:net';
import { sqlState } from '../sql-state.ts';

/** A port on 127.0.0.1 that nobody listens on now: the wanted one, or null when that one is taken. */
export async function freePort(wanted: number): Promise<number | null> {
  const server = createServer();
  try {
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    if (sqlState(error) === 'EADDRINUSE' || sqlState(error) === 'EACCES') return null;
    throw error;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : null;
}
