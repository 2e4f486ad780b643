import { useDatabase } from '../support/database.ts';
import { type Line, layLine } from '../support/lay-line.ts';
import { useBackends } from './backends.ts';
import { openScene, type Scene } from './open-scene.ts';

/** A scene, queues in PostgreSQL, whose processes reach the database over a line that can fall silent. */
export async function openSilentScene(crowd: {
  hosts: number;
  users: number;
}): Promise<{ scene: Scene; line: Line }> {
  const [inPostgres] = await useBackends();
  if (inPostgres === undefined) throw new Error('queues in PostgreSQL need nothing more');
  const database = await useDatabase();
  const url = new URL(database.url);
  const line = await layLine(Number(url.port));
  url.port = String(line.port);
  const scene = await openScene(inPostgres, crowd, {
    database: { ...database, url: url.href },
    patienceMs: 150_000,
  });
  return { scene, line };
}
