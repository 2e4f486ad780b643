import type { Mail } from '../world/records.ts';
import { timestamp } from '../world/timestamp.ts';

/** An `analyzedEmail` (facts 5.5). */
export function showMail(mail: Mail): object {
  const { message } = mail;
  const { sender } = message;
  const domain = domainOf(sender.address);
  const threats = message.threatTypes.filter((threat) => threat !== 'none').join(', ');
  return {
    id: mail.id,
    networkMessageId: message.networkMessageId,
    internetMessageId: message.internetMessageId,
    recipientEmailAddress: mail.recipient,
    recipientDetail: { ccRecipients: [], domainName: domainOf(mail.recipient) },
    senderDetail: {
      fromAddress: sender.address,
      mailFromAddress: sender.address,
      mailFromDomainName: domain,
      displayName: sender.displayName,
      domainName: domain,
      domainOwner: null,
      domainCreationDateTime: null,
      ipv4: sender.ipv4,
      location: null,
    },
    returnPath: sender.address,
    subject: message.subject,
    loggedDateTime: timestamp(mail.loggedMs),
    directionality: message.directionality,
    language: 'en',
    sizeInBytes: 21_000,
    originalDelivery: delivery(mail.originalLocation, threats),
    latestDelivery: delivery(mail.location, threats),
    authenticationDetails: {
      compositeAuthentication: message.authentication,
      dkim: message.authentication,
      dmarc: message.authentication,
      senderPolicyFramework: message.authentication,
    },
    threatTypes: message.threatTypes,
    detectionMethods: [],
    threatDetectionDetails: [],
    attachments: message.attachments.map((file) => ({
      fileName: file.fileName,
      fileType: file.fileExtension,
      fileExtension: file.fileExtension,
      fileSize: file.fileSize,
      sha256: file.sha256,
      malwareFamily: null,
      threatType: message.threatTypes.includes('malware') ? 'malware' : 'none',
    })),
    urls: message.urls.map((url) => ({
      url,
      threatType: message.threatTypes.includes('phish') ? 'phish' : 'none',
      detectionMethod: null,
    })),
    timelineEvents: mail.timeline.map((event) => ({
      eventType: event.type,
      eventDateTime: timestamp(event.atMs),
      eventSource: event.source,
      eventResult: null,
      eventDetails: event.details,
      eventThreats: [],
    })),
    alertIds: [],
    emailClusterId: null,
    overrideSources: [],
    dlpRules: [],
    exchangeTransportRules: [],
    contexts: [],
  };
}

function delivery(location: string, threats: string): object {
  return { action: deliveryAction(location), location, originalThreats: threats, latestThreats: threats };
}

function deliveryAction(location: string): string {
  if (location === 'junkFolder') return 'deliveredToJunk';
  return location === 'quarantine' || location === 'dropped' || location === 'failed'
    ? 'blocked'
    : 'delivered';
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}
