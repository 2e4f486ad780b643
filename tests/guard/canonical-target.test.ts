import { describe, expect, it } from 'vitest';
import { canonicalTarget } from '../../engine/core/guard/canonical-target.ts';
import { judgeLastAdministrators } from '../../engine/core/guard/last-administrators.ts';

/* What is protected is not dodged by another spelling (audit facts 2.3, item 15). */

describe('one name per target', () => {
  it.each([
    ['ip', '::ffff:10.0.0.1', '10.0.0.1'],
    ['ip', '::FFFF:0A00:0001', '10.0.0.1'],
    ['ip', '0:0:0:0:0:ffff:255.255.255.255', '255.255.255.255'],
    ['ip', '2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['ip', 'fe80::1%eth0', 'fe80::1'],
    ['ip', '10.0.0.1', '10.0.0.1'],
    ['domain', 'Mail.EXAMPLE.com.', 'mail.example.com'],
    ['domain', 'example.com..', 'example.com'],
    ['domain', 'exämple.com', 'xn--exmple-cua.com'],
    ['domain', 'XN--EXMPLE-CUA.com', 'xn--exmple-cua.com'],
    ['domain', 'ｅｘａｍｐｌｅ。com', 'example.com'],
    ['domain', 'example.com/path', 'example.com/path'],
    ['domain', '::ffff:10.0.0.1', '10.0.0.1'],
    ['user', 'Ann.Example@Contoso.COM', 'ann.example@contoso.com'],
    ['user', '4AE2E9D5-4615-5C86-820A-EC4D21E0EE54', '4ae2e9d5-4615-5c86-820a-ec4d21e0ee54'],
    ['user', 'ANN', 'ann'],
    ['user', 'CN=Ann,DC=Contoso,DC=com', 'cn=ann,dc=contoso,dc=com'],
    ['mailbox', 'Ann@EXÄMPLE.com', 'ann@xn--exmple-cua.com'],
    ['host', 'A0716FAEE06F3D46EFF2077C3A0FD899B6484731', 'a0716faee06f3d46eff2077c3a0fd899b6484731'],
    ['host', 'DC01.Contoso.COM.', 'dc01.contoso.com'],
    ['host', 'H17', 'H17'],
    ['file', `${'AB'.repeat(32)}`, `${'ab'.repeat(32)}`],
    ['mail', 'AAMkAGI2=', 'AAMkAGI2='],
  ])('%s %s is %s', (kind, spelled, name) => {
    expect(canonicalTarget(kind, spelled)).toBe(name);
    expect(canonicalTarget(kind, name)).toBe(name);
  });
});

describe('the last two administrators', () => {
  it('keep their sign-in', () => {
    expect(judgeLastAdministrators([{ role: 'Global Administrator', others: 1 }])).toContain('1 more known');
    expect(judgeLastAdministrators([{ role: 'Global Administrator', others: 2 }])).toBeNull();
  });

  it('are those whom nobody else could appoint anew', () => {
    expect(judgeLastAdministrators([{ role: 'Exchange Administrator', others: 0 }])).toBeNull();
    expect(judgeLastAdministrators([])).toBeNull();
  });
});
