import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { riposte as runCli } from '../cli/start-cli.ts';
import { freePort, riposteProcess } from '../support/riposte-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { startTokenIssuer } from '../support/token-issuer.ts';

/* `riposte serve` with the file that the README shows, its two platforms played by issuers of this test. */

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const shown = [...readme.matchAll(/```json\n([\s\S]*?)```/g)].find(([, text]) =>
  text?.includes('"issuers"'),
)?.[1];

it('lets a job publish and a sensor send with the tokens of their platforms, and logs none of them', async () => {
  const [port, folder] = [await freePort(), await temporaryFolder()];
  const url = `http://127.0.0.1:${port}`;
  const [ci, cluster] = [await startTokenIssuer(url), await startTokenIssuer(url)];
  const file = join(folder, 'issuers.json');
  writeFileSync(
    file,
    (shown ?? '')
      .replace('https://token.actions.githubusercontent.com', ci.issuer)
      .replace('https://kubernetes.default.svc.cluster.local', cluster.issuer)
      .replace('https://keys.example.org/cluster-1.json', cluster.jwks),
  );
  const served = riposteProcess('api/cli/riposte.ts', ['serve'], {
    RIPOSTE_DATA: join(folder, 'data'),
    RIPOSTE_PORT: String(port),
    RIPOSTE_PUBLIC_URL: url,
    RIPOSTE_ISSUERS: file,
    RIPOSTE_LOG_LEVEL: 'trace',
  });
  await served.said(`${url}/sign-in/`);

  // As GitHub writes it.
  const job = (event_name: string) =>
    ci.token({
      claims: {
        sub: 'repo:example/playbooks:ref:refs/heads/main',
        repository: 'example/playbooks',
        repository_id: '74',
        event_name,
        jti: 'example-id',
      },
    });
  const playbook = 'playbooks/devices/lock-lost-device.yaml';
  const publish = (token: string) =>
    runCli(['publish', playbook], { RIPOSTE_URL: url, RIPOSTE_TOKEN: token });
  const published = await publish(job('push'));
  expect(published.code, published.stderr).toBe(0);
  const foreign = await publish(job('pull_request'));
  expect(foreign.code).not.toBe(0);
  expect(foreign.stderr).toContain('no rule for its issuer fits');

  // As Kubernetes writes it: no type, a list of one audience, and more about the pod.
  const pod = cluster.token({
    header: { typ: undefined },
    claims: {
      aud: [url],
      sub: 'system:serviceaccount:detection:sensor',
      'kubernetes.io': { namespace: 'detection', serviceaccount: { name: 'sensor' } },
    },
  });
  const sent = await fetch(`${url}/v1/alerts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${pod}`, 'content-type': 'application/json' },
    body: readFileSync(join(root, 'examples/alerts/08-noise.json')),
  });
  expect(sent.status, await sent.text()).toBe(202);
  expect(cluster.asked).toEqual(['/jwks']);

  served.child.kill('SIGINT');
  const { code, stderr } = await served.ended;
  expect(code).toBe(0);
  for (const token of [job('push'), pod])
    for (const part of token.split('.')) expect(stderr).not.toContain(part);
});

it('does not start with a rule that lets everybody in, and says what to write', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'issuers.json');
  const rule = { name: 'all', claims: {}, roles: ['operator'] };
  writeFileSync(file, JSON.stringify({ issuers: [{ issuer: 'https://gitlab.example.org', rules: [rule] }] }));
  const served = riposteProcess('api/cli/riposte.ts', ['serve'], {
    RIPOSTE_DATA: join(folder, 'data'),
    RIPOSTE_PORT: String(await freePort()),
    RIPOSTE_PUBLIC_URL: 'https://soar.example.org',
    RIPOSTE_ISSUERS: file,
  });
  const { code, stderr } = await served.ended;
  expect(code).toBe(3);
  expect(stderr).toContain('a rule without any fits nobody');
});
