import { setTimeout as sleep } from 'node:timers/promises';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import type { Json } from '../../schemas/json.ts';
import { type Scene, testActor } from './open-scene.ts';

/* Senders as they are outside: over HTTP, and again until they are told "accepted". */

const sendersAtOnce = 8;

async function senderToken(scene: Scene): Promise<string> {
  const identity = openIdentity({ database: scene.database.app, tenant: defaultTenant, mint: mintId });
  const made = await identity.createToken(
    { actor: testActor },
    { personId: null, name: 'sender', roles: ['analyst'] },
  );
  if (!made.ok) throw new Error(made.detail);
  return made.secret;
}

/** Sends all alerts of the scene to the API at `port`, and each again until it is told "accepted". */
export async function sendUntilAccepted(scene: Scene, port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}/v1/alerts`;
  const token = await senderToken(scene);
  const left = [...scene.alerts];
  const send = async (body: Json): Promise<boolean> => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429)
      throw new Error(`refused: ${answer.status} ${await answer.text()}`);
    await answer.text();
    return answer.ok;
  };
  const work = async () => {
    for (let body = left.shift(); body !== undefined; body = left.shift()) {
      // A connection that nobody answers is the fault under test; a refusal is not.
      while (!(await send(body).catch(unlessRefused))) await sleep(100);
    }
  };
  await Promise.all(Array.from({ length: sendersAtOnce }, work));
}

function unlessRefused(error: Error): false {
  if (error.message.startsWith('refused')) throw error;
  return false;
}
