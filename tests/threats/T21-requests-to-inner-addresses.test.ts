import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ownPlaces } from '../../api/process/own-places.ts';
import type { Entry } from '../../engine/core/contracts/entry.ts';
import { createLines } from '../../engine/runtime/http/open-line.ts';
import { createSockets } from '../../engine/runtime/http/open-socket.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { hostAlert, isolateStep, lookStep, madePlaybook, ws0117 } from '../corridor/questions.ts';
import { openCorridor } from '../support/corridor.ts';
import { postgresServer } from '../support/database.ts';

/*
 * T21: whoever can say where a connection leads (a careless operator, a stolen DNS, the vendor's own redirect) has
 * Riposte speak to what only Riposte reaches. An inner service counts who knocks; the lab stands for the vendor.
 */

const knocks: (string | undefined)[] = [];
const inner = createServer((request, response) => {
  knocks.push(request.url, request.headers.authorization);
  response.end('{"access_token":"of the inside"}');
});
inner.on('connection', () => knocks.push('connection'));
await new Promise<void>((resolve) => inner.listen(0, resolve));
const port = (inner.address() as AddressInfo).port;

const redirecting = createServer((_request, response) => {
  response.writeHead(307, { location: `http://127.0.0.1:${port}/from-redirect` }).end();
});
await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
const redirector = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;

/** What the resolver says next about names of the attacker. */
let answers: string[] = [];
let asked = 0;
const resolve = ((
  name: string,
  _options: unknown,
  answer: (error: Error | null, all: LookupAddress[]) => void,
) => {
  asked += 1;
  const said = name === 'edr.vendor.example' ? answers : ['127.0.0.1'];
  answer(
    null,
    said.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  );
}) as never;

const settings: { mdeUrl?: string; loginUrl?: string; webhookBase?: string } = {};
const corridor = await openCorridor({
  playbooks: [],
  settings,
  // The vendor is admitted by its origin, an inner range by its port, as an installation would do.
  http: (labUrl) => ({ allow: [labUrl, redirector, `127.0.0.9/32:${port}`], resolve }),
});
afterAll(async () => {
  await corridor.close();
  for (const server of [inner, redirecting]) {
    server.closeAllConnections();
    server.close();
  }
});
await corridor.publish(madePlaybook('reach', isolateStep));
beforeEach(() => {
  knocks.length = 0;
  asked = 0;
  for (const name of Object.keys(settings)) delete settings[name as keyof typeof settings];
});

let alerts = 0;
/** One run against that address: how it ended, and what the log says of the request. */
async function isolateVia(mdeUrl: string): Promise<{ state: string | undefined; told: Entry | undefined }> {
  settings.mdeUrl = mdeUrl;
  alerts += 1;
  await corridor.sendBody(hostAlert('reach', `reach-${alerts}`, ws0117));
  await corridor.rest();
  const run = (await corridor.runs()).at(-1);
  const story = (await corridor.story(run?.id)) as unknown as Entry[];
  return { state: run?.state, told: story.find(({ type }) => type === 'action.failed') };
}

describe('an address of the inside', () => {
  it.each([
    ['loopback', `http://127.0.0.1:${port}`],
    ['loopback in hexadecimal', `http://0x7f.1:${port}`],
    ['loopback as one number', `http://2130706433:${port}`],
    ['loopback in octal', `http://0177.0.0.1:${port}`],
    ['loopback in circled digits', `http://①②⑦.0.0.1:${port}`],
    ['another loopback', `http://127.8.8.8:${port}`],
    ['every interface', `http://0.0.0.0:${port}`],
    ['loopback of IPv6', `http://[::1]:${port}`],
    ['loopback written in IPv6', `http://[::ffff:127.0.0.1]:${port}`],
    ['loopback written in IPv6 in hexadecimal', `http://[::ffff:7f00:1]:${port}`],
    ['a name of this machine', 'https://localhost'],
    ['a private network', 'https://10.1.2.3'],
    ['a private network in IPv6', 'https://[fd00::5]'],
    ['the link', 'https://[fe80::1]'],
    ['the range of carriers', 'https://100.64.0.1'],
    ['metadata', 'http://169.254.169.254/latest/meta-data'],
    ['metadata over https', 'https://169.254.169.254'],
    ['metadata written in IPv6', 'https://[::ffff:169.254.169.254]'],
    ['metadata through a translation prefix', 'https://[64:ff9b::a9fe:a9fe]'],
    ['metadata of another cloud', 'https://[fd00:ec2::254]'],
    ['metadata of a third cloud', 'https://100.100.100.200'],
    ['an odd port of a stranger', 'https://vendor.example:8443'],
    ['no TLS', 'http://vendor.example'],
  ])('%s (%s) is refused, written down, and nobody knocked there', async (_what, url) => {
    const { state, told } = await isolateVia(url);
    expect(state).toBe('failed');
    expect(told).toMatchObject({ code: 'address-refused', outcome: 'failure' });
    expect(told?.reason).toMatch(/never contacted|private address|allow list/);
    expect(knocks).toEqual([]);
  });

  it.each([
    ['a user name', `https://admin@127.0.0.1:${port}`],
    ['a file', 'file:///etc/passwd'],
    ['another protocol', `gopher://127.0.0.1:${port}/_GET`],
    ['a query', `http://127.0.0.1:${port}/?x=`],
    ['nothing', ''],
  ])('with %s is not even an address of a connection', async (_what, url) => {
    const { state, told } = await isolateVia(url);
    expect([state, told?.code]).toEqual(['failed', 'misconfigured']);
    expect(knocks).toEqual([]);
  });

  it('gets neither the secret of the connection nor a message either', async () => {
    settings.loginUrl = `http://127.0.0.1:${port}/login`;
    settings.webhookBase = `http://127.0.0.1:${port}/chat`;
    const tell =
      '  - id: tell\n    action: chat.post-message\n    with: { channel: soc, text: "Looked at it." }\n';
    for (const [id, steps] of [
      ['sign-in', lookStep],
      ['chat', tell],
    ] as const) {
      await corridor.publish(madePlaybook(id, steps));
      await corridor.sendBody(hostAlert(id, `${id}-1`, 'f755b9434285cf0ab91f6a9916b573afcdf80d4b'));
      await corridor.rest();
      const run = (await corridor.runs()).at(-1);
      const story = await corridor.story(run?.id);
      expect(story.find(({ type }) => type === 'action.failed')?.code, id).toMatch(
        /address-refused|misconfigured/,
      );
    }
    expect(knocks).toEqual([]);
  });
});

describe('a name', () => {
  const vendor = `http://edr.vendor.example:${port}`;

  it.each([
    ['that leads to metadata', ['169.254.169.254']],
    ['that leads elsewhere on the port of an admitted range', ['127.0.0.1']],
    ['with one good answer and one bad one', ['127.0.0.9', '127.0.0.1']],
    ['with one good answer and one bad one in IPv6', ['127.0.0.9', '::ffff:127.0.0.1']],
    ['that leads to a stranger on that port', ['203.0.113.7']],
  ])('%s is refused when it connects', async (_what, said) => {
    answers = said;
    const { state, told } = await isolateVia(vendor);
    expect([state, told?.code]).toEqual(['failed', 'address-refused']);
    expect(asked).toBeGreaterThan(0);
    expect(knocks).toEqual([]);
  });

  it('that changes its mind between two looks is asked once per connection, and what was judged is used', async () => {
    answers = ['127.0.0.9'];
    const http = createHttp({ allow: [`127.0.0.9/32:${port}`], resolve, connections: 1 });
    expect((await http.send({ method: 'GET', url: `${vendor}/first` })).status).toBe(200);
    expect([asked, knocks.filter((each) => each === 'connection').length]).toEqual([1, 1]);
    // From now on it leads to the inside. The open connection goes where it went; a new one is refused.
    answers = ['127.0.0.1'];
    await http.send({ method: 'GET', url: `${vendor}/second` });
    expect([asked, knocks.filter((each) => each === 'connection').length]).toEqual([1, 1]);
    inner.closeAllConnections();
    await expect(http.send({ method: 'GET', url: `${vendor}/third` })).rejects.toMatchObject({
      sent: 'before-send',
    });
    expect(knocks).not.toContain('/third');
    await http.close();
  });
});

it('a redirect to the inside is not followed, and the token of the vendor does not go there', async () => {
  const { state, told } = await isolateVia(redirector);
  expect(state).toBe('failed');
  expect(told?.reason).toContain('307');
  expect(knocks).toEqual([]);
});

describe('what is ours', () => {
  it('is never contacted, under whatever name and whatever is allowed', async () => {
    const { url } = await postgresServer();
    const listens = [{ host: '0.0.0.0', port }];
    const queue = { kind: 'single' as const, url: 'redis://localhost:6399' };
    const never = await ownPlaces({ databaseUrl: url, queue, listens });
    const database = new URL(url).port;
    const ways = { allowPrivate: true, allow: ['127.0.0.0/8:6399', `127.0.0.0/8:${database}`], never };
    const http = createHttp(ways);
    for (const place of [
      `127.0.0.1:${port}`,
      `127.5.5.5:${port}`,
      `localhost:${port}`,
      `[::1]:${port}`,
      `[::ffff:127.0.0.1]:${port}`,
      `127.0.0.1:${database}`,
      `localhost:${database}`,
      'localhost:6399',
      '127.0.0.1:6399',
    ]) {
      const refused = { sent: 'before-send', message: expect.stringContaining('a part of Riposte itself') };
      await expect(http.send({ method: 'GET', url: `http://${place}/` }), place).rejects.toMatchObject(
        refused,
      );
      expect(await createLines(ways).judge(`tcp://${place}`), place).toContain('a part of Riposte itself');
      const relay = createSockets(ways).open(new URL(`smtp://${place}`), 1_000);
      await expect(relay, place).rejects.toThrow('a part of Riposte itself');
    }
    expect(knocks).toEqual([]);
    // The same rules let out what is not ours.
    const lab = await http.send({ method: 'GET', url: `${corridor.lab.url}/nothing` });
    expect(lab.status).toBeGreaterThanOrEqual(400);
    await http.close();
  });
});
