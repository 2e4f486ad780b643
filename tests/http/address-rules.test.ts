import { describe, expect, test } from 'vitest';
import { createAddressRules } from '../../engine/runtime/http/address-rules.ts';

const strict = createAddressRules({});
const judge = (rules: ReturnType<typeof createAddressRules>, text: string) => rules.judgeUrl(new URL(text));

describe('without exceptions', () => {
  test.each(['https://graph.microsoft.com/v1.0', 'https://93.184.216.34/', 'https://[2606:2800:220:1::1]/'])(
    '%s is admitted',
    (text) => {
      expect(judge(strict, text)).toBeNull();
    },
  );

  test.each([
    'http://graph.microsoft.com/',
    'ftp://graph.microsoft.com/',
    'https://graph.microsoft.com:8443/',
    'https://user@graph.microsoft.com/',
    'https://user:word@graph.microsoft.com/',
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://127.1/',
    'https://①②⑦.0.0.1/',
    'https://10.1.2.3/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://100.64.0.1/',
    'https://198.19.0.1/',
    'https://0.0.0.0/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[::]/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd12::1]/',
    'https://[fe80::1]/',
    'https://[ff02::1]/',
  ])('%s is refused', (text) => {
    expect(judge(strict, text)).not.toBeNull();
  });
});

describe('metadata services stay out of reach', () => {
  const lenient = createAddressRules({
    allowPrivate: true,
    allow: ['http://169.254.169.254', '169.254.0.0/16:80', '100.100.100.200/32:80', 'fd00::/8:80'],
  });

  test.each([
    'http://169.254.169.254/',
    'http://168.63.129.16/',
    'http://100.100.100.200/',
    'http://[fd00:ec2::254]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[2002:a9fe:a9fe::1]/',
  ])('%s is refused even when everything private is allowed', (text) => {
    expect(judge(lenient, text)).not.toBeNull();
  });

  test('also when a name resolves to one', () => {
    expect(lenient.judgeAddress('169.254.169.254', new URL('http://169.254.169.254'))).not.toBeNull();
    expect(lenient.judgeAddress('169.254.169.254', new URL('https://edr.example'))).not.toBeNull();
  });
});

describe('exceptions', () => {
  const rules = createAddressRules({
    allow: ['https://edr.internal:8443', '10.0.0.0/8:9443', 'fd12::/16:443'],
  });

  test('an origin admits its private addresses, and no other port or scheme of the same host', () => {
    const origin = new URL('https://edr.internal:8443/api');
    expect(rules.judgeUrl(origin)).toBeNull();
    expect(rules.judgeAddress('10.9.9.9', origin)).toBeNull();
    expect(judge(rules, 'http://edr.internal:8443/')).not.toBeNull();
    expect(judge(rules, 'https://edr.internal:8444/')).not.toBeNull();
    expect(rules.judgeAddress('10.9.9.9', new URL('https://edr.internal/'))).not.toBeNull();
  });

  test('a range admits its own port only', () => {
    expect(judge(rules, 'https://10.1.2.3:9443/')).toBeNull();
    expect(judge(rules, 'https://10.1.2.3/')).not.toBeNull();
    expect(judge(rules, 'https://192.168.0.1:9443/')).not.toBeNull();
    expect(judge(rules, 'https://[fd12::7]/')).toBeNull();
  });

  test('a name on the port of a range has to lead into that range, also when it is public', () => {
    const named = new URL('http://edr.example:9443/');
    expect(rules.judgeUrl(named)).toBeNull();
    expect(rules.judgeAddress('10.1.2.3', named)).toBeNull();
    expect(rules.judgeAddress('93.184.216.34', named)).not.toBeNull();
    expect(rules.judgeAddress('93.184.216.34', new URL('https://edr.example/'))).toBeNull();
  });

  test('a mistyped exception stops the start', () => {
    for (const wrong of ['10.0.0.0/8', 'edr.internal', 'https://edr.internal/path', '10.0.0.0/8:port', '']) {
      expect(() => createAddressRules({ allow: [wrong] })).toThrow();
    }
  });
});
