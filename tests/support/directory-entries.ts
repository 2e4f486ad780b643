/* Who is in the directory of the tests: the same people as OpenLDAP and as Active Directory have them. */

export const suffix = 'dc=example,dc=test';
export const loginDn = `cn=riposte,ou=Services,${suffix}`;
export const loginPassword = 'login-secret-4711';
export const personPassword = 'secret-of-a-person';

export interface DirectoryEntry {
  dn: string;
  /** A value in hexadecimal is written as bytes. */
  values: { [attribute: string]: (string | { hex: string })[] };
}

const domainSid = '010500000000000515000000a1b2c3d4a1b2c3d4a1b2c3d4';
const sid = (number: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return { hex: `${domainSid}${bytes.toString('hex')}` };
};
/** The id that the account is known by: `00000000-0000-4000-8000-0000000000nn`. */
export const adId = (number: number) => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
const guid = (number: number) => ({
  hex: `0000000000000040${adId(number).slice(19).replaceAll('-', '')}`,
});

export const person = (uid: string, more: DirectoryEntry['values'] = {}): DirectoryEntry => ({
  dn: `uid=${uid},ou=People,${suffix}`,
  values: {
    objectClass: ['inetOrgPerson'],
    uid: [uid],
    cn: [`${uid} Example`],
    sn: ['Example'],
    mail: [`${uid}@example.test`],
    userPassword: [personPassword],
    ...more,
  },
});

/** In Active Directory's words. */
export const adUser = (name: string, number: number, more: DirectoryEntry['values'] = {}): DirectoryEntry => {
  const dn = `cn=${name},ou=Staff,${suffix}`;
  return {
    dn,
    values: {
      objectClass: ['user'],
      cn: [name],
      sn: ['Example'],
      distinguishedName: [dn],
      objectGUID: [guid(number)],
      objectSid: [sid(1_000 + number)],
      sAMAccountName: [name],
      userPrincipalName: [`${name}@corp.example.test`],
      userAccountControl: ['66048'],
      primaryGroupID: ['513'],
      ...more,
    },
  };
};

const adGroup = (name: string, number: number, member: string[]): DirectoryEntry => {
  const dn = `cn=${name},ou=Staff,${suffix}`;
  return {
    dn,
    values: {
      objectClass: ['group'],
      cn: [name],
      sAMAccountName: [name],
      objectSid: [sid(number)],
      objectGUID: [guid(10_000 + number)],
      ...(member.length > 0 && { member }),
    },
  };
};

const unit = (name: string): DirectoryEntry => ({
  dn: `ou=${name},${suffix}`,
  values: { objectClass: ['organizationalUnit'], ou: [name] },
});

const policy = (name: string, lockout: string): DirectoryEntry => ({
  dn: `cn=${name},${suffix}`,
  values: {
    objectClass: ['device', 'pwdPolicy'],
    cn: [name],
    pwdAttribute: ['userPassword'],
    pwdLockout: [lockout],
  },
});

export const hostileName = 'Doe, Jane + "x" \\ #1';
/** RFC 4514, every special sign by its code. */
export const hostileDn = `cn=${hostileName.replaceAll(/[^\w ]/g, (sign) => `\\${sign.charCodeAt(0).toString(16)}`)},ou=Staff,${suffix}`;

export function entriesOf(): DirectoryEntry[] {
  const crowd = Array.from({ length: 10_000 }, (_, at) => `uid=nobody${at},ou=People,${suffix}`);
  const people = (uid: string) => `uid=${uid},ou=People,${suffix}`;
  const staff = (name: string) => `cn=${name},ou=Staff,${suffix}`;
  return [
    { dn: suffix, values: { objectClass: ['domain'], dc: ['example'] } },
    ...['Services', 'People', 'Staff', 'Board'].map(unit),
    policy('default', 'TRUE'),
    policy('lenient', 'FALSE'),
    {
      dn: loginDn,
      values: {
        objectClass: ['inetOrgPerson'],
        cn: ['riposte'],
        sn: ['riposte'],
        uid: ['riposte'],
        userPassword: [loginPassword],
      },
    },
    ...['ann', 'ben', 'cid', 'dan', 'eve', 'fay'].map((uid) => person(uid)),
    person('two words'),
    person('gus', { mail: ['shared@example.test'] }),
    person('hal', { mail: ['shared@example.test'] }),
    person('ida', { mail: ['ann@example.test'] }),
    person('len', { pwdPolicySubentry: [`cn=lenient,${suffix}`] }),
    person('kim', { pwdAccountLockedTime: ['20260101000000Z'] }),
    { ...person('max'), dn: `uid=max,ou=Board,${suffix}` },
    {
      dn: `cn=wheel,ou=People,${suffix}`,
      values: { objectClass: ['groupOfNames'], cn: ['wheel'], member: [`cn=admins,ou=People,${suffix}`] },
    },
    {
      dn: `cn=admins,ou=People,${suffix}`,
      // In a ring, which must end.
      values: {
        objectClass: ['groupOfNames'],
        cn: ['admins'],
        member: [people('ben'), `cn=wheel,ou=People,${suffix}`],
      },
    },
    {
      dn: `cn=Riposte-Break-Glass,ou=People,${suffix}`,
      values: {
        objectClass: ['groupOfNames'],
        cn: ['Riposte-Break-Glass'],
        member: [...crowd, people('cid')],
      },
    },
    adUser('amy', 1),
    adUser('bob', 2),
    adUser('root', 3, { primaryGroupID: ['512'] }),
    adUser('once', 4, { adminCount: ['1'] }),
    adUser('nested', 5),
    adUser('off', 6, { userAccountControl: ['514'] }),
    adUser('blind', 7, { userAccountControl: [] }),
    { ...adUser('ws-01$', 8), values: { ...adUser('ws-01$', 8).values, objectClass: ['computer'] } },
    {
      dn: hostileDn,
      values: { ...adUser('jane', 9).values, cn: [hostileName], distinguishedName: [hostileDn] },
    },
    adUser('chief', 10),
    adGroup('Domain Admins', 512, [staff('Helpers')]),
    adGroup('Helpers', 2_001, [staff('nested')]),
    adGroup('riposte-vip', 2_002, [staff('amy')]),
    {
      dn: `ou=Elsewhere,${suffix}`,
      values: {
        objectClass: ['referral', 'extensibleObject'],
        ou: ['Elsewhere'],
        ref: [`ldap://127.0.0.1:1/ou=Elsewhere,${suffix}`],
      },
    },
  ];
}

export function ldifOf(entries: readonly DirectoryEntry[]): string {
  const line = (name: string, value: string | { hex: string }): string => {
    const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.hex, 'hex');
    return bytes.length === 0 ? `${name}:` : `${name}:: ${bytes.toString('base64')}`;
  };
  return entries
    .map(({ dn, values }) =>
      [
        line('dn', dn),
        ...Object.entries(values).flatMap(([name, list]) => list.map((value) => line(name, value))),
        '',
      ].join('\n'),
    )
    .join('\n');
}
