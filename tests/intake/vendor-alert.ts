import type { JsonObject } from '../../schemas/json.ts';

/** Small alerts in the vendor's shape, with as little in them as their test needs. */
export function vendorAlert(evidence: JsonObject[], change: JsonObject = {}): JsonObject {
  return {
    '@odata.type': '#microsoft.graph.security.alert',
    id: 'da1_1',
    incidentId: '77',
    severity: 'high',
    classification: null,
    title: 'Something happened',
    description: 'What it was.',
    category: 'Impact',
    categories: ['Impact'],
    alertWebUrl: 'https://security.example/alerts/da1_1',
    threatDisplayName: null,
    threatFamilyName: null,
    mitreTechniques: [],
    createdDateTime: '2026-11-20T02:03:10.4433333Z',
    evidence,
    ...change,
  };
}

export function piece(kind: string, fields: JsonObject): JsonObject {
  return { '@odata.type': `#microsoft.graph.security.${kind}`, verdict: 'malicious', ...fields };
}

export const device = piece('deviceEvidence', {
  mdeDeviceId: 'a'.repeat(40),
  azureAdDeviceId: 'dev-1',
  deviceDnsName: 'ws-1.example.test',
  hostName: 'ws-1',
  osPlatform: 'Windows11',
  lastIpAddress: '192.0.2.1',
});

export const account: JsonObject = {
  accountName: 'ann',
  domainName: 'example',
  userSid: 'S-1-5-21-1',
  azureAdUserId: 'usr-1',
  userPrincipalName: 'ann@example.test',
  displayName: 'Ann Example',
};

export const mail = piece('analyzedMessageEvidence', {
  networkMessageId: 'msg-1',
  internetMessageId: '<1@mail.example>',
  subject: 'Invoice',
  senderIp: '192.0.2.9',
  recipientEmailAddress: 'Ann@Example.test',
  p1Sender: { emailAddress: 'bounce@mail.example' },
  p2Sender: { emailAddress: 'billing@mail.example' },
  receivedDateTime: '2026-11-20T01:00:00Z',
  threats: ['Phish'],
});
