import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { releaseAfter } from './release-after.ts';

/** A line to a server on loopback that breaks on order, for what is lost on the way. */
export interface CutLine {
  port: number;
  /** What is asked next arrives and is done; its answer does not come through. */
  loseAnswer(): void;
  /** What is asked next does not arrive. */
  loseQuestion(): void;
}

export async function openCutLine(to: number): Promise<CutLine> {
  let cut: 'nothing' | 'answer' | 'question' = 'nothing';
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(to, '127.0.0.1');
    const end = (): void => {
      client.destroy();
      target.destroy();
      open.delete(client);
    };
    open.add(client);
    const pass = (from: Socket, into: Socket, lost: typeof cut): void => {
      from.on('data', (data) => {
        if (cut !== lost) return void into.write(data);
        cut = 'nothing';
        end();
      });
      from.on('error', end);
      from.on('close', end);
    };
    pass(client, target, 'question');
    pass(target, client, 'answer');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  releaseAfter(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port: (server.address() as AddressInfo).port,
    loseAnswer: () => {
      cut = 'answer';
    },
    loseQuestion: () => {
      cut = 'question';
    },
  };
}
