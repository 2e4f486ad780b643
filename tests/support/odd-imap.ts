import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { serverKeyPem, serverPem } from '../outward/test-authority.ts';
import { releaseAfter } from './release-after.ts';

/**
 * A server over TLS that does what no real one at hand can be made to: it answers a command by its name, and `OK` to
 * whatever it is not told about.
 */
export async function openOddImap(
  greeting: string,
  answers: { [command: string]: string } = {},
): Promise<{ port: number; heard: string[] }> {
  const heard: string[] = [];
  const server = createServer({ key: serverKeyPem, cert: serverPem }, (socket) => {
    socket.on('error', () => undefined);
    socket.write(`${greeting}\r\n`);
    socket.on('data', (data: Buffer) => {
      for (const line of data
        .toString('latin1')
        .split('\r\n')
        .filter((each) => each !== '')) {
        const [tag = '', command = ''] = line.split(' ');
        heard.push(command);
        socket.write(`${answers[command] ?? ''}${tag} OK done\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  releaseAfter(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, heard };
}
