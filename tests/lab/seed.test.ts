import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { crowdHostId, crowdMailId, crowdUserId } from '../../examples/lab/seed/grow-crowd.ts';
import { loadSeed } from '../../examples/lab/seed/load-seed.ts';
import { startTestLab } from './lab-client.ts';

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const seed = loadSeed();

describe('the seed', () => {
  test('has ids in the forms of the vendor, each once', () => {
    for (const { id } of seed.hosts) expect(id).toMatch(/^[0-9a-f]{40}$/);
    for (const { id } of [...seed.users, ...seed.groups]) expect(id).toMatch(guid);
    const mails = seed.messages.flatMap((message) => message.copies.map((copy) => ({ ...copy, message })));
    for (const { id, message } of mails)
      expect(id).toMatch(new RegExp(`^${message.networkMessageId}-\\d+-1$`));
    for (const rows of [seed.hosts, seed.users, seed.groups, mails, seed.alerts, seed.incidents]) {
      expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
    }
  });

  test('refers only to what exists', () => {
    const users = new Set(seed.users.map((user) => user.id));
    const groups = new Set(seed.groups.map((group) => group.id));
    const incidents = new Set(seed.incidents.map((incident) => incident.id));
    for (const user of seed.users) {
      if (user.manager !== null) expect(users).toContain(user.manager);
      for (const group of user.memberOf) expect(groups).toContain(group);
    }
    for (const group of seed.groups) for (const parent of group.memberOf) expect(groups).toContain(parent);
    for (const alert of seed.alerts) expect(incidents).toContain(alert.incidentId);
  });

  test('knows every device and every cloud user that its alerts name', () => {
    const text = JSON.stringify(seed.alerts);
    const hosts = new Set(seed.hosts.map((host) => host.id));
    const users = new Set(seed.users.map((user) => user.id));
    const devices = [...text.matchAll(/"mdeDeviceId":"([^"]+)"/g)].map((match) => match[1]);
    const people = [...text.matchAll(/"azureAdUserId":"([^"]+)"/g)].map((match) => match[1]);
    expect(devices.length).toBeGreaterThan(0);
    for (const id of devices) expect(hosts).toContain(id);
    for (const id of people) expect(users).toContain(id);
  });

  test('is written in the README, id by id', () => {
    const readme = readFileSync(new URL('../../examples/lab/README.md', import.meta.url), 'utf8');
    const mails = seed.messages.slice(0, 1).flatMap((message) => message.copies);
    for (const { id } of [...seed.hosts, ...seed.users, ...seed.incidents, ...mails])
      expect(readme).toContain(id);
    for (const { networkMessageId } of seed.messages) expect(readme).toContain(networkMessageId);
    for (const channel of seed.channels) expect(readme).toContain(`\`${channel}\``);
  });

  test('grows a crowd with ids that can be computed', async () => {
    const lab = await startTestLab({ crowd: { hosts: 3, users: 2, mails: 2 } });
    expect(lab.estate.host(crowdHostId(2)).machine.computerDnsName).toBe('crowd-2.contoso.com');
    expect(lab.estate.user(crowdUserId(1)).userPrincipalName).toBe('crowd-1@contoso.com');
    expect(crowdUserId(1)).toMatch(guid);
    expect(lab.estate.mail(crowdMailId(0)).recipient).toBe('crowd-0@contoso.com');
  });
});
