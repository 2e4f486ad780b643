import { connect, createServer, type Server, type Socket } from 'node:net';
import { releaseAfter } from '../support/release-after.ts';

/** Stands in between and sees bytes only. After `swallow` the next thing that the server says is kept, and the line breaks. */
export interface DropRelay {
  port: number;
  swallow(): void;
  /** Once the server has answered what nobody hears. */
  swallowed: Promise<void>;
}

export async function openDropRelay(to: number): Promise<DropRelay> {
  let silent = false;
  let heard: () => void = () => undefined;
  const swallowed = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [client, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        far.destroy();
      });
    }
    client.pipe(far);
    far.on('data', (bytes) => {
      if (!silent) return void client.write(bytes);
      silent = false;
      heard();
      client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  releaseAfter(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  return {
    port: address.port,
    swallow: () => {
      silent = true;
    },
    swallowed,
  };
}
