import { describe, expect, it } from 'vitest';
import { normalizeAlert } from '../../engine/core/intake/normalize-alert.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { account, device, mail, piece, vendorAlert } from './vendor-alert.ts';

function normalized(body: Json) {
  const read = normalizeAlert(body, 'defender');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.alert;
}

const none = { hosts: [], users: [], mails: [], files: [], ips: [] };
const host = {
  id: 'a'.repeat(40),
  name: 'ws-1',
  dns_name: 'ws-1.example.test',
  os: 'Windows11',
  directory_id: 'dev-1',
  last_ip: '192.0.2.1',
};
const user = {
  id: 'usr-1',
  name: 'Ann Example',
  upn: 'ann@example.test',
  sid: 'S-1-5-21-1',
  domain: 'example',
};

describe('an alert of each kind becomes ours, field by field', () => {
  it('ransomware on a device, with the process and file that did it', () => {
    const sha256 = 'AB'.repeat(32);
    const body = vendorAlert(
      [
        device,
        piece('processEvidence', {
          imageFile: { fileName: 'lock.exe', filePath: 'C:\\t', sha1: 'c'.repeat(40) },
        }),
        piece('fileEvidence', { fileDetails: { fileName: 'lock.exe', sha1: null, sha256 } }),
      ],
      { mitreTechniques: ['T1486', 't1490'], threatFamilyName: 'Locker' },
    );
    const { alert, targets, unknownEvidence } = normalized(body);
    expect(alert).toEqual({
      source: 'defender',
      source_id: 'da1_1',
      title: 'Something happened',
      description: 'What it was.',
      severity: 'high',
      category: 'ransomware',
      confidence: 0.95,
      verdict: 'confirmed',
      created_at: '2026-11-20T02:03:10.443Z',
      url: 'https://security.example/alerts/da1_1',
      incident: { id: '77' },
      techniques: ['T1486', 'T1490'],
      targets: {
        ...none,
        hosts: [host],
        files: [
          { name: 'lock.exe', path: 'C:\\t', sha1: 'c'.repeat(40) },
          { name: 'lock.exe', sha256: sha256.toLowerCase() },
        ],
      },
      raw: body,
    });
    expect(targets.map(({ kind, id }) => [kind, id])).toEqual([
      ['host', 'a'.repeat(40)],
      ['file', 'c'.repeat(40)],
      ['file', sha256.toLowerCase()],
    ]);
    expect(unknownEvidence).toBe(0);
  });

  it('phishing in mailboxes: one target for each copy, named without regard to case', () => {
    const other = { ...mail, recipientEmailAddress: 'bob@example.test' };
    const again = { ...mail, recipientEmailAddress: 'ANN@example.test' };
    const { alert } = normalized(
      vendorAlert([mail, other, again], { severity: 'medium', category: 'InitialAccess' }),
    );
    expect(alert).toMatchObject({ category: 'phishing', severity: 'medium', verdict: 'confirmed' });
    expect(alert.targets.mails).toEqual([
      {
        id: 'msg-1/ann@example.test',
        network_message_id: 'msg-1',
        recipient: 'Ann@Example.test',
        sender: 'billing@mail.example',
        subject: 'Invoice',
        internet_message_id: '<1@mail.example>',
        sender_ip: '192.0.2.9',
        received_at: '2026-11-20T01:00:00.000Z',
      },
      expect.objectContaining({ id: 'msg-1/bob@example.test', recipient: 'bob@example.test' }),
    ]);
  });

  it('a stolen session: the account once, however many pieces name it, and the address', () => {
    const { alert } = normalized(
      vendorAlert(
        [
          piece('userEvidence', { userAccount: account }),
          piece('mailboxEvidence', { userAccount: account }),
          piece('cloudLogonSessionEvidence', { account: { userAccount: account } }),
          piece('ipEvidence', { ipAddress: '198.51.100.7' }),
        ],
        { mitreTechniques: ['T1557'], categories: ['CredentialAccess'] },
      ),
    );
    expect(alert.category).toBe('aitm');
    expect(alert.targets).toEqual({ ...none, users: [user], ips: [{ address: '198.51.100.7' }] });
  });

  it('an account that only Active Directory has: by its SID, unless another piece knows it better', () => {
    const onPremises = { ...account, azureAdUserId: null, userPrincipalName: null };
    const other = { ...onPremises, userSid: 'S-1-5-21-2', displayName: 'svc_backup' };
    const { alert } = normalized(
      vendorAlert([
        piece('userEvidence', { userAccount: other, roles: ['compromised'] }),
        piece('userEvidence', { userAccount: onPremises }),
        piece('userEvidence', { userAccount: account }),
      ]),
    );
    expect(alert.targets.users).toEqual([
      { id: 'S-1-5-21-2', name: 'svc_backup', sid: 'S-1-5-21-2', domain: 'example', roles: ['compromised'] },
      user,
    ]);
  });

  it('a rule in a mailbox: whose mailbox it is', () => {
    const rule = piece('mailboxConfigurationEvidence', {
      roles: ['created'],
      externalDirectoryObjectId: 'usr-9',
      mailboxPrimaryAddress: 'bea@example.test',
      upn: 'bea@example.test',
    });
    const { alert, unknownEvidence } = normalized(vendorAlert([rule]));
    expect(alert.targets.users).toEqual([{ id: 'usr-9', name: 'bea@example.test', upn: 'bea@example.test' }]);
    expect(unknownEvidence).toBe(0);
  });

  it('what a device or an account was in the attack, over all pieces that name it', () => {
    const { alert } = normalized(
      vendorAlert([
        { ...device, roles: ['destination', 'attacked', 'unknown', 7, 'Not a word!'] },
        { ...device, roles: ['commandAndControl'] },
        piece('userEvidence', { userAccount: account, roles: ['attacked'] }),
        piece('mailboxEvidence', { userAccount: account, roles: ['unknown'] }),
      ]),
    );
    expect(alert.targets.hosts).toEqual([
      { ...host, roles: ['attacked', 'command_and_control', 'destination'] },
    ]);
    expect(alert.targets.users).toEqual([{ ...user, roles: ['attacked'] }]);
  });

  it.each<[string, JsonObject, JsonObject[]]>([
    ['credential-theft', { mitreTechniques: ['T1110.003'] }, []],
    ['impossible-travel', { title: 'Impossible travel activity' }, []],
    ['lateral-movement', { mitreTechniques: ['T1021.002'] }, []],
    ['data-exfiltration', { mitreTechniques: ['T1567'] }, []],
    ['command-and-control', { mitreTechniques: ['T1071'] }, []],
    ['malware', { threatFamilyName: 'Emotet' }, []],
    ['initial-access', { categories: ['InitialAccess'] }, []],
    ['persistence', { categories: null, category: 'Persistence' }, []],
    ['other', { categories: [], category: '???' }, []],
    ['ransomware', { mitreTechniques: ['T1557', 'T1486'] }, [mail]],
  ])('what points at %s is of that category', (category, change, evidence) => {
    expect(normalized(vendorAlert(evidence, change)).alert.category).toBe(category);
  });

  it('T14860 is not T1486', () => {
    expect(normalized(vendorAlert([], { mitreTechniques: ['T14860'] })).alert).toMatchObject({
      category: 'impact',
      techniques: [],
    });
  });

  it.each([
    [null, ['malicious', 'suspicious'], 'confirmed', 0.95],
    [null, ['suspicious'], 'suspected', 0.7],
    [null, [], 'unknown', 0.5],
    ['falsePositive', ['malicious'], 'benign', 0.1],
    ['informationalExpectedActivity', [], 'benign', 0.1],
    ['truePositive', ['noThreatsFound'], 'confirmed', 0.5],
  ])('classified %s with evidence %j it is %s', (classification, verdicts, verdict, confidence) => {
    const evidence = verdicts.map((word) => ({ ...device, verdict: word }));
    expect(normalized(vendorAlert(evidence, { classification })).alert).toMatchObject({
      verdict,
      confidence,
    });
  });
});

describe('a vendor that drifts', () => {
  it('may null or leave out everything but id and title', () => {
    const evidence = [
      piece('deviceEvidence', { mdeDeviceId: 'H1', hostName: null, deviceDnsName: null }),
      piece('deviceEvidence', { mdeDeviceId: null, hostName: 'a host nobody can act on' }),
      piece('userEvidence', { userAccount: null }),
      piece('userEvidence', { userAccount: { ...account, azureAdUserId: null, userSid: 'S-1-5-18' } }),
      piece('mailboxConfigurationEvidence', { externalDirectoryObjectId: null, upn: 'ann@example.test' }),
      piece('analyzedMessageEvidence', { networkMessageId: 'msg-1', recipientEmailAddress: null }),
      piece('fileEvidence', { fileDetails: { fileName: '', sha1: 'not hex' } }),
      piece('ipEvidence', { ipAddress: '' }),
    ];
    const body = { '@odata.type': '#microsoft.graph.security.alert', id: 'x', title: 't', evidence };
    const { alert, targets } = normalized(body);
    expect(alert).toMatchObject({
      severity: 'medium',
      category: 'other',
      created_at: '1970-01-01T00:00:00.000Z',
      url: '',
      incident: { id: '' },
      techniques: [],
      targets: { ...none, hosts: [{ id: 'H1', name: 'H1' }] },
    });
    expect(targets).toEqual([{ kind: 'host', id: 'H1', name: 'H1' }]);
  });

  it('may write its words in another case', () => {
    const body = vendorAlert([{ ...device, verdict: 'Malicious' }], {
      severity: 'HIGH',
      mitreTechniques: ['t1486'],
    });
    expect(normalized(body).alert).toMatchObject({
      severity: 'high',
      verdict: 'confirmed',
      techniques: ['T1486'],
    });
  });

  it.each([
    ['2026-11-20T02:03:10.4433333Z', '2026-11-20T02:03:10.443Z'],
    ['2026-11-20T02:03:10Z', '2026-11-20T02:03:10.000Z'],
    ['2026-11-20T04:03:10.5+02:00', '2026-11-20T02:03:10.500Z'],
    ['yesterday', '1970-01-01T00:00:00.000Z'],
    ['', '1970-01-01T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['0001-01-01T00:00:00+01:00', '1970-01-01T00:00:00.000Z'],
    ['+010000-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
  ])('writes the instant %s, which is %s', (written, read) => {
    expect(normalized(vendorAlert([], { createdDateTime: written })).alert.created_at).toBe(read);
  });

  it('may bring evidence nobody knows: it is counted and kept, and the rest is used', () => {
    const strange = piece('quantumEvidence', { flux: 3 });
    const body = vendorAlert([
      strange,
      { no: 'type' },
      piece('urlEvidence', { url: 'https://x.example' }),
      device,
    ]);
    const { alert, unknownEvidence } = normalized(body);
    expect(unknownEvidence).toBe(2);
    expect(alert.targets.hosts).toEqual([host]);
    expect(alert.raw).toEqual(body);
  });

  it.each<[string, JsonObject]>([
    ['a list', { title: ['a'] }],
    ['a number', { id: 7 }],
    ['nothing', { id: null }],
  ])('may not send %s where identity or title belong', (_what, change) => {
    const read = normalizeAlert(vendorAlert([], change), 'defender');
    if (change.id === undefined) expect(read).toMatchObject({ ok: true, alert: { alert: { title: '' } } });
    else expect(read).toMatchObject({ ok: false, problems: [{ pointer: '/source_id' }] });
  });

  it('may write longer than anybody reads: texts are cut, never through a character', () => {
    const title = `${'x'.repeat(999)}😀 and more`;
    const cut = normalized(vendorAlert([], { title })).alert.title;
    expect(cut).toBe('x'.repeat(999));
    expect(normalized(vendorAlert([], { title: '😀'.repeat(500) })).alert.title).toBe('😀'.repeat(500));
  });
});
