import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { deploy } from './image.ts';

/* The compose files as Compose reads them, as far as they go. */

export interface Service {
  name: string;
  image: string;
  entrypoint?: string[];
  command?: string[];
  environment: { [name: string]: string };
  replicas: number;
  networks: string[];
  volumes: { from: string; to: string }[];
  ports: string[];
  secrets: string[];
  graceMs: number;
  file: Raw;
}

type Raw = { [name: string]: unknown };

/** @param variables what stands in `.env` */
export function readCompose(names: readonly string[], variables: { [name: string]: string }): Service[] {
  const files = names.map((name) => read(name, variables));
  const whole = files.reduce((all, next) => merge(all, next) as Raw, {});
  return Object.entries(whole.services as { [name: string]: Raw }).map(([name, file]) => ({
    name,
    image: String(file.image),
    ...(file.entrypoint !== undefined && { entrypoint: file.entrypoint as string[] }),
    ...(file.command !== undefined && { command: file.command as string[] }),
    environment: (file.environment ?? {}) as { [name: string]: string },
    replicas: (file.deploy as { replicas?: number } | undefined)?.replicas ?? 1,
    networks: (file.networks ?? []) as string[],
    volumes: ((file.volumes ?? []) as string[]).map((line) => {
      const [from = '', to = ''] = line.split(':');
      return { from, to };
    }),
    ports: (file.ports ?? []) as string[],
    secrets: (file.secrets ?? []) as string[],
    graceMs: Number.parseInt(String(file.stop_grace_period ?? '10s'), 10) * 1000,
    file,
  }));
}

/** Those that run Riposte itself. */
export function rolesOf(services: readonly Service[]): Service[] {
  return services.filter(({ image, entrypoint }) => image.startsWith('riposte:') && entrypoint === undefined);
}

/** What the file declares for its services. */
export function networksAndVolumes(): {
  networks: { [name: string]: { internal?: boolean } | null };
  volumes: object;
} {
  return parse(readFile('compose.yaml'), { merge: true });
}

export function readFile(name: string): string {
  return readFileSync(join(deploy, name), 'utf8');
}

function read(name: string, variables: { [name: string]: string }): Raw {
  // Of tags, Compose's own `!override` is the only one.
  const raw = parse(readFile(name), { merge: true, logLevel: 'error' }) as Raw;
  return fill(raw, variables) as Raw;
}

function fill(value: unknown, variables: { [name: string]: string }): unknown {
  if (Array.isArray(value)) return value.map((each) => fill(each, variables));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each, variables)]));
  if (typeof value !== 'string') return value;
  return value.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, text = '') => {
    const given = variables[name] ?? '';
    if (given === '' && kind === '?') throw new Error(`${name}: ${text}`);
    return given === '' && kind === '-' ? text : given;
  });
}

function merge(one: unknown, two: unknown): unknown {
  if (!isMap(one) || !isMap(two)) return Array.isArray(one) && Array.isArray(two) ? [...one, ...two] : two;
  const keys = new Set([...Object.keys(one), ...Object.keys(two)]);
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      key in two && key in one ? merge(one[key], two[key]) : (two[key] ?? one[key]),
    ]),
  );
}

function isMap(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
