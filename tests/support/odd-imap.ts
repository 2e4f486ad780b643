import { type AddressInfo, createServer as createPlainServer, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { serverKeyPem, serverPem } from '../outward/test-authority.ts';
import { releaseAfter } from './release-after.ts';

type Answer = string | ((line: string) => string | null);

/**
 * A server that does what no real one at hand can be made to. It answers a command by its name: with a text before its
 * `OK`, or, by a function, with what comes instead of `OK`; and `OK` to whatever it is not told about.
 */
export async function openOddImap(
  greeting: string,
  answers: { [command: string]: Answer } = {},
  { plain = false }: { plain?: boolean } = {},
): Promise<{ port: number; heard: string[] }> {
  const heard: string[] = [];
  const speak = (socket: Socket): void => {
    socket.on('error', () => undefined);
    socket.write(`${greeting}\r\n`);
    socket.on('data', (data) => {
      for (const line of data
        .toString('latin1')
        .split('\r\n')
        .filter((each: string) => each !== '')) {
        const [tag = '', command = ''] = line.split(' ');
        heard.push(command);
        const answer = answers[command] ?? '';
        const instead = typeof answer === 'string' ? null : answer(line);
        socket.write(instead ?? `${typeof answer === 'string' ? answer : ''}${tag} OK done\r\n`);
      }
    });
  };
  const server = plain
    ? createPlainServer(speak)
    : createServer({ key: serverKeyPem, cert: serverPem }, speak);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  releaseAfter(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, heard };
}
