import { connect, createServer, type Socket } from 'node:net';
import { releaseAfter } from './release-after.ts';

/** A line to a server that can be cut and mended, as a network or a restart does. */
export interface Line {
  port: number;
  /** Ends every connection and refuses new ones. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Nothing comes through the connections there are, and nobody is told; new ones work. How many that were. */
  silence(): number;
}

export async function layLine(targetPort: number): Promise<Line> {
  const sockets = new Set<Socket>();
  const watch = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    watch(near);
    watch(far);
    near.pipe(far);
    far.pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const cut = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  releaseAfter(cut);
  const silence = (): number => {
    const fallen = [...sockets];
    for (const socket of fallen) socket.unpipe().pause();
    return fallen.length / 2;
  };
  return { port, cut, mend: () => listen(port), silence };
}
