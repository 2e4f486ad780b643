import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, it } from 'vitest';
import { readConfig } from '../../api/process/config.ts';
import { parseSource } from '../../engine/core/secret/secret-source.ts';
import { deploy, readImage } from './image.ts';

const read = (name: string) => readFileSync(join(deploy, 'systemd', name), 'utf8');
const unit = read('riposte@.service');
const valuesOf = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map((match) => match[1] ?? '');

/** `%i` is what stands behind the @ of the unit that is started. */
function configOf(role: string) {
  const [line = ''] = valuesOf(unit, 'ExecStart');
  const last = [...line.replaceAll('%i', role).matchAll(/(RIPOSTE_\w+)=(\S+)/g)].map((m) => [m[1], m[2]]);
  return readConfig({
    ...parseEnv(valuesOf(unit, 'Environment').join('\n')),
    ...parseEnv(read('riposte.env.example')),
    ...Object.fromEntries(last),
    RIPOSTE_CONNECTIONS: join(deploy, 'connections.example.json'),
  });
}

it('the unit takes each role for its name, with settings that the server knows', () => {
  const named = [...(/^# .*systemctl enable --now (.*)$/m.exec(unit)?.[1] ?? '').matchAll(/riposte@(\w+)/g)];
  const roles = named.map((match) => match[1] ?? '');
  expect([...roles].sort()).toEqual(['api', 'engine', 'sequencer', 'worker']);
  for (const role of roles) expect(configOf(role)).toMatchObject({ roles: [role], lab: { kind: 'off' } });
  expect(() => configOf('wrker')).toThrow('RIPOSTE_ROLES: write one or more of');
});

it('it starts what the image starts, in the pinned Node', () => {
  const [line = ''] = valuesOf(unit, 'ExecStart');
  const image = readImage();
  const program = line.slice(line.indexOf('/opt')).split(' ');
  expect(program[0]).toBe('/opt/riposte/node_modules/.bin/node');
  expect(program.slice(1)).toEqual([...image.entrypoint.slice(1), ...image.cmd]);
  expect(valuesOf(unit, 'WorkingDirectory')).toEqual(['/opt/riposte']);
});

it('it may write only where its state is, and has time to stop in good order', () => {
  const { dataDir, auditKeyFile } = configOf('sequencer');
  expect(valuesOf(unit, 'StateDirectory').map((name) => `/var/lib/${name}`)).toEqual([dataDir]);
  expect(auditKeyFile.startsWith(`${dataDir}/`)).toBe(true);
  expect(valuesOf(unit, 'ProtectSystem')).toEqual(['strict']);
  expect(unit).not.toMatch(/^(ReadWritePaths|MemoryDenyWriteExecute|LimitCORE)=/m);
  expect(Number(valuesOf(unit, 'TimeoutStopSec')[0])).toBeGreaterThan(2 * 17);
});

it('a secret is handed to the worker under the path that connections name', () => {
  const text = read('riposte@worker.service.d/secrets.conf');
  const source = parseSource(/"client_secret": "([^"]+)"/.exec(text)?.[1]);
  const [id] = valuesOf(text, 'LoadCredential')[0]?.split(':') ?? [];
  expect(source).toEqual({ kind: 'file', path: `/run/credentials/riposte@worker.service/${id}` });
  expect(unit).not.toContain('LoadCredential=');
});
