import type { JsonObject } from '../../../schemas/json.ts';
import { rolesOf, withAllRoles } from './evidence-roles.ts';
import { oncePerSid, ownerOf, userOf } from './graph-account.ts';
import { dateOf, objectOf, said, textOf, uniqueBy } from './read-vendor.ts';

/** Everything an alert's evidence names as a target, by our kinds (vendor facts 5.4). */
export function readEvidence(evidence: JsonObject[]): { targets: JsonObject; unknown: number } {
  const hosts: JsonObject[] = [];
  const users: JsonObject[] = [];
  const mails: JsonObject[] = [];
  const files: JsonObject[] = [];
  const ips: JsonObject[] = [];
  let unknown = 0;
  for (const piece of evidence) {
    switch (kindOf(piece)) {
      case 'deviceEvidence':
        hosts.push({ ...hostOf(piece), ...rolesOf(piece) });
        break;
      case 'userEvidence':
      case 'mailboxEvidence':
        users.push({ ...userOf(objectOf(piece.userAccount)), ...rolesOf(piece) });
        break;
      case 'cloudLogonSessionEvidence':
        users.push({ ...userOf(objectOf(objectOf(piece.account).userAccount)), ...rolesOf(piece) });
        break;
      case 'mailboxConfigurationEvidence':
        // its roles are those of the rule, not of the mailbox's owner
        users.push(ownerOf(piece));
        break;
      case 'analyzedMessageEvidence':
        mails.push(mailOf(piece));
        break;
      case 'fileEvidence':
        files.push(fileOf(objectOf(piece.fileDetails)));
        break;
      case 'processEvidence':
        files.push(fileOf(objectOf(piece.imageFile)));
        break;
      case 'ipEvidence':
        ips.push({ address: textOf(piece.ipAddress, 64) });
        break;
      default:
        if (!contextual.has(kindOf(piece))) unknown += 1;
    }
  }
  return {
    targets: {
      hosts: uniqueBy(withAllRoles(hosts), (host) => textOf(host.id, 512)),
      users: uniqueBy(withAllRoles(oncePerSid(users)), (user) => textOf(user.id, 512)),
      mails: uniqueBy(mails, (mail) => (mail.recipient === '' ? '' : textOf(mail.id, 1024))),
      files: uniqueBy(files, (file) => textOf(file.sha256 ?? file.sha1 ?? file.name, 1024)),
      ips: uniqueBy(ips, (ip) => (textOf(ip.address, 64).length < 2 ? '' : textOf(ip.address, 64))),
    },
    unknown,
  };
}

/** Known kinds that name no target we act on. */
const contextual = new Set([
  'activeDirectoryDomainEvidence',
  'cloudApplicationEvidence',
  'cloudLogonRequestEvidence',
  'dnsEvidence',
  'fileHashEvidence',
  'hostLogonSessionEvidence',
  'mailClusterEvidence',
  'malwareEvidence',
  'networkConnectionEvidence',
  'oauthApplicationEvidence',
  'registryKeyEvidence',
  'registryValueEvidence',
  'securityGroupEvidence',
  'servicePrincipalEvidence',
  'submissionMailEvidence',
  'urlEvidence',
]);

function kindOf(piece: JsonObject): string {
  const type = textOf(piece['@odata.type'], 256);
  return type.slice(type.lastIndexOf('.') + 1);
}

function hostOf(piece: JsonObject): JsonObject {
  const dns = textOf(piece.deviceDnsName, 512);
  return {
    id: textOf(piece.mdeDeviceId, 512),
    name: textOf(piece.hostName, 512) || dns || textOf(piece.mdeDeviceId, 512),
    ...said({
      dns_name: dns,
      os: textOf(piece.osPlatform, 128),
      directory_id: textOf(piece.azureAdDeviceId, 512),
      last_ip: textOf(piece.lastIpAddress, 64),
    }),
  };
}

function mailOf(piece: JsonObject): JsonObject {
  const message = textOf(piece.networkMessageId, 512);
  const recipient = textOf(piece.recipientEmailAddress, 512);
  const sender =
    textOf(objectOf(piece.p2Sender).emailAddress, 512) || textOf(objectOf(piece.p1Sender).emailAddress, 512);
  const mail: JsonObject = {
    id: message === '' ? '' : `${message}/${recipient.toLowerCase()}`,
    network_message_id: message,
    recipient,
    sender,
    subject: textOf(piece.subject, 2000),
    ...said({
      internet_message_id: textOf(piece.internetMessageId, 1024),
      sender_ip: textOf(piece.senderIp, 64),
    }),
  };
  if (typeof piece.receivedDateTime === 'string') mail.received_at = dateOf(piece.receivedDateTime);
  return mail;
}

function fileOf(details: JsonObject): JsonObject {
  const hex = (value: string, length: number) =>
    new RegExp(`^[0-9a-f]{${length}}$`).test(value) ? value : '';
  return {
    name: textOf(details.fileName, 1024),
    ...said({
      path: textOf(details.filePath, 4096),
      sha1: hex(textOf(details.sha1, 64).toLowerCase(), 40),
      sha256: hex(textOf(details.sha256, 64).toLowerCase(), 64),
    }),
  };
}
