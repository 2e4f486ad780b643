import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../api/process/config.ts';
import { networksAndVolumes, readCompose, readFile, rolesOf, type Service } from './compose.ts';
import { filesOfProject, placeIn, readIgnore, readImage, root } from './image.ts';

const image = readImage();
const secrets = { DATABASE_PASSWORD: 'c0ffee', POSTGRES_PASSWORD: 'c0de' };
const tried = readCompose(['compose.yaml'], secrets);
const owned = readCompose(['compose.yaml', 'compose.own.yaml'], {
  ...secrets,
  PUBLIC_URL: 'https://soar.example.org',
  SITE: 'soar.example.org',
});
const files = await filesOfProject();

/** What the server makes of a service, with the operator's file in the place where it is mounted. */
function configOf({ environment }: Service) {
  const connections = environment.RIPOSTE_CONNECTIONS;
  const mounted = connections !== undefined && {
    RIPOSTE_CONNECTIONS: join(root, 'examples/deploy/connections.example.json'),
  };
  return readConfig({ ...image.env, ...environment, ...mounted });
}

describe.each([
  ['compose.yaml', tried],
  ['compose.yaml with compose.own.yaml', owned],
])('%s', (_, services) => {
  const ours = rolesOf(services);
  const named = new Map(services.map((service) => [service.name, service]));

  it('sets what the server knows, in values that it takes', () => {
    for (const service of ours) expect(() => configOf(service), service.name).not.toThrow();
  });

  it('gives each role a service: two of each, and one that seals', () => {
    const counted = ours.map((service) => [configOf(service).roles.join(), service.replicas]);
    expect(Object.fromEntries(counted)).toEqual({ api: 2, engine: 2, worker: 2, sequencer: 1 });
  });

  it('tells all of them the same but their role and where they listen', () => {
    const common = ours.map(({ environment }) =>
      Object.entries(environment).filter(([name]) => !/^RIPOSTE_(ROLES|HOST|PORT)$/.test(name)),
    );
    for (const each of common) expect(each).toEqual(common[0]);
  });

  it('reaches database, Redis and lab under their services, over a network that both are in', () => {
    for (const service of ours) {
      const { databaseUrl, queue, lab, roles } = configOf(service);
      const hosts = [databaseUrl, queue?.kind === 'single' ? queue.url : null].map(
        (url) => new URL(url ?? 'no:').hostname,
      );
      if (lab.kind === 'at' && /engine|worker/.test(roles.join())) hosts.push(new URL(lab.url).hostname);
      for (const host of hosts)
        expect(shared(named.get(host), service), `${service.name} → ${host}`).not.toEqual([]);
    }
  });

  it('lets what acts out, and keeps database, Redis and lab in', () => {
    const { networks } = networksAndVolumes();
    const leads = (service: Service | undefined) =>
      service?.networks.some((network) => networks[network]?.internal !== true);
    for (const name of ['postgres', 'redis', 'lab']) expect(leads(named.get(name)), name).toBe(false);
    for (const { name } of ours) expect(leads(named.get(name)), name).toBe(true);
  });

  it('has no more in its containers than it needs', () => {
    for (const { name, file } of [...ours, ...services.filter((each) => each.name === 'lab')])
      expect(file, name).toMatchObject({
        ...{ init: true, read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] },
        build: { context: '../..', dockerfile: 'examples/deploy/Dockerfile' },
      });
  });

  it('waits for a stop longer than the server does', () => {
    // `start.ts` gives the work under way ten seconds, the queue seven more after it (queue/README.md).
    for (const { name, graceMs } of ours) expect(graceMs, name).toBeGreaterThan(2 * 17_000);
  });

  it('starts after database and Redis answer, and asks each whether it is alive', () => {
    for (const service of ours) {
      expect(service.file.depends_on).toMatchObject({
        postgres: { condition: 'service_healthy' },
        redis: { condition: 'service_healthy' },
      });
      const { metrics } = configOf(service);
      expect(metrics?.host).toBe('0.0.0.0');
      expect(JSON.stringify(service.file.healthcheck)).toContain(`http://127.0.0.1:${metrics?.port}/healthz`);
    }
    for (const name of ['postgres', 'redis'])
      expect(named.get(name)?.file).toHaveProperty('healthcheck.test');
  });

  it('keeps the key of the audit log in a volume of the one that seals, and of nobody else', () => {
    for (const service of ours) {
      const { dataDir, roles } = configOf(service);
      expect(image.writable).toContain(dataDir);
      const kept = service.volumes.some(({ to }) => to === dataDir);
      expect(kept, service.name).toBe(roles.includes('sequencer'));
    }
  });

  it('leads people to the api over the port that it listens on', () => {
    const api = configOf(named.get('api') as Service);
    expect(api.host).toBe('0.0.0.0');
    expect(api.port).toBe(image.port);
    expect(readFile('Caddyfile')).toContain(`dynamic a api ${api.port} {`);
    expect(shared(named.get('proxy'), named.get('api'))).toEqual(['front']);
  });

  it('mounts only what is there, and runs only what is in the image', () => {
    const volumes = Object.keys(networksAndVolumes().volumes);
    const made = readFile('.gitignore').split('\n');
    for (const { from } of services.flatMap((service) => service.volumes)) {
      const path = `examples/deploy/${from.slice(2)}`;
      const there = from.startsWith('./')
        ? files.includes(path) || made.includes(from.slice(1))
        : volumes.includes(from);
      expect(there, from).toBe(true);
    }
    const program = named.get('lab')?.command?.[0] ?? '';
    expect(placeIn(image, readIgnore(), program)).toBe(program);
  });

  it('has room for every connection of the fleet in the database', () => {
    const most = Number(
      /\| `connections_per_process` \| (\d+) \|/.exec(
        readFileSync(join(root, 'engine/README.md'), 'utf8'),
      )?.[1],
    );
    const processes = ours.reduce((sum, { replicas }) => sum + replicas, 0);
    const room = Number(/max_connections=(\d+)/.exec(named.get('postgres')?.command?.join(' ') ?? '')?.[1]);
    // Three are the superuser's, and one process more of each role is what scaling starts with.
    expect(room).toBeGreaterThanOrEqual((processes + 4) * most + 3);
  });
});

it('without passwords it does not start, and says where they belong', () => {
  for (const name of Object.keys(secrets))
    expect(() => readCompose(['compose.yaml'], { ...secrets, [name]: '' })).toThrow(
      `${name}: write it into .env`,
    );
  for (const name of [...Object.keys(secrets), 'PUBLIC_URL', 'SITE'])
    expect(readFile('.env.example')).toMatch(new RegExp(`^${name}=`, 'm'));
});

it('the lab is left by the second file: it runs no more, and nobody is told of it', () => {
  const lab = (services: Service[]) => services.find(({ name }) => name === 'lab')?.replicas;
  expect([lab(tried), lab(owned)]).toEqual([1, 0]);
  for (const service of rolesOf(owned)) expect(configOf(service).lab).toEqual({ kind: 'off' });
});

it('secrets of connections are files that the worker has and nobody else', () => {
  const worker = rolesOf(owned).find(({ name }) => name === 'worker') as Service;
  const paths = configOf(worker).connections.flatMap(({ secrets }) => Object.values(secrets));
  expect(paths.length).toBeGreaterThan(0);
  expect(paths).toEqual(worker.secrets.map((name) => ({ kind: 'file', path: `/run/secrets/${name}` })));
  for (const service of rolesOf(owned))
    expect(service.secrets.length > 0, service.name).toBe(service.name === 'worker');
});

function shared(one: Service | undefined, other: Service | undefined): string[] {
  return (one?.networks ?? []).filter((network) => other?.networks.includes(network));
}
