import { describe, expect, test } from 'vitest';
import { escapeMarkdown } from '../../actions/chat/post-message/escape-markdown.ts';
import { describeMachine } from '../../actions/inventory/get-host/describe-machine.ts';
import { readAnalyzedMail } from '../../actions/mail/client/analyzed-mail.ts';
import { bulkIdOf } from '../../actions/mail/client/bulk-id.ts';

describe('a machine', () => {
  const base = { id: '0f1e2d3c4b5a69788796a5b4c3d2e1f001122334', computerDnsName: 'x.contoso.com' };
  const of = (more: object) => describeMachine({ ...base, ...more });

  test.each([
    ['Windows11', [], 'workstation'],
    ['macOS', [], 'workstation'],
    ['WindowsServer2022', [], 'server'],
    ['Linux', [], 'server'],
    ['Windows11', ['role:server'], 'server'],
    ['Windows11', ['ROLE:Kiosk'], 'kiosk'],
    ['WindowsServer2022', ['role:workstation'], 'server'],
    ['iOS', [], 'unknown'],
    [undefined, [], 'unknown'],
  ])('with system %s and tags %j is a %s and %s', (osPlatform, machineTags, role) => {
    expect(of({ osPlatform, machineTags })).toMatchObject({ role });
  });

  test.each([
    ['High', [], 'high'],
    ['Low', [], 'low'],
    ['Normal', [], 'normal'],
    [null, [], 'normal'],
    ['High', ['criticality:low'], 'high'],
    ['Low', ['criticality:critical', 'criticality:high'], 'critical'],
    ['Normal', ['criticality:enormous'], 'normal'],
  ])('of value %s with tags %j has criticality %s', (deviceValue, machineTags, criticality) => {
    expect(of({ deviceValue, machineTags })).toMatchObject({ criticality });
  });

  test('carries what its tags say, and its tags', () => {
    const machineTags = [
      'owner:Finance',
      'service:sql',
      'Service: web ',
      'user:ann',
      'owner:Nobody',
      'plain',
      7,
    ];
    expect(
      of({
        machineTags,
        healthStatus: 'NoSensorDataImpairedCommunication',
        onboardingStatus: 'CanBeOnboarded',
      }),
    ).toMatchObject({
      owner: 'Finance',
      services: ['sql', 'web'],
      users: ['ann'],
      tags: ['owner:finance', 'service:sql', 'service: web ', 'user:ann', 'owner:nobody', 'plain'],
      health: 'no_sensor_data_impaired_communication',
      onboarding: 'can_be_onboarded',
    });
  });

  test('without an id is none', () => {
    expect(describeMachine({ computerDnsName: 'x' })).toBeNull();
  });
});

describe('an analysed mail', () => {
  test.each([
    ['inbox_folder', 'inbox'],
    ['Inbox', 'inbox'],
    ['junkFolder', 'junk'],
    ['deletedFolder', 'deleted'],
    ['quarantine', 'quarantine'],
    ['onprem_external', 'external'],
    ['others', 'other'],
    ['unknownFutureValue', 'unknown'],
  ])('in %s lies in %s', (location, place) => {
    expect(readAnalyzedMail({ id: 'm', latestDelivery: { location } })?.place).toBe(place);
  });
});

describe('the reference of a remediation', () => {
  const id = '9c1d2e3f-0000-4000-8000-00000000b001';
  test.each([
    [`https://security.microsoft.com/action-center/history?filters={"bulkId":["${id}"]}&tid=t`, id],
    [
      `https://security.microsoft.com/action-center/history?filters=%7B%22bulkId%22%3A%5B%22${id}%22%5D%7D&tid=t`,
      id,
    ],
    ['https://security.microsoft.com/action-center/history', null],
    ['https://security.microsoft.com/?filters={"bulkId":["<script>"]}', null],
    ['', null],
  ])('in %s is %s', (location, expected) => {
    expect(bulkIdOf(location)).toBe(expected);
  });
});

describe('chat text', () => {
  test.each([
    ['[Sign in](https://evil.example)', '\\[Sign in\\]\\(https://evil.example\\)'],
    ['**urgent** and _soft_', '\\*\\*urgent\\*\\* and \\_soft\\_'],
    ['{{DATE(2026-11-20T10:00:00Z)}}', '\\{\\{DATE\\(2026-11-20T10:00:00Z\\)\\}\\}'],
    ['- one\n2. two\n# three', '\\- one\n\n2\\. two\n\n\\# three'],
    ['<at>everyone</at>', '\\<at\\>everyone\\</at\\>'],
    ['a\\*b', 'a\\\\\\*b'],
    ['right\u202Eto left', 'right to left'],
    ['https://riposte.example/runs/run_01ab_cd', 'https://riposte.example/runs/run_01ab_cd'],
    ['10:30 it was 5.5 of 7', '10:30 it was 5.5 of 7'],
  ])('%j is shown as typed', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });
});
