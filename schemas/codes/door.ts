import type { CodeWords } from './words.ts';

/** What people and programs meet at the doors, and what keeps the engine from working. */

export const authWords = {
  'auth/required': ['Sign in first', 'The request carries no valid session or token.'],
  'auth/forbidden': ['Your role does not allow this', 'Ask an operator for the right that the answer names.'],
  'auth/bad-link': ['The sign-in link is used up, expired or wrong', 'Ask for a new one.'],
  'auth/not-your-link': [
    'The link was sent to somebody else',
    'Nothing was done. What waits for you is in the action center.',
  ],
  'auth/used-link': ['The link has done its work', 'You have decided about its question before.'],
  'auth/bad-token': ['The token is wrong, expired or revoked', 'Create a new one in the settings.'],
  'auth/issuer-down': [
    "The keys of the token's issuer cannot be had",
    'Try again in half a minute; if it goes on, see whether this server reaches the issuer.',
  ],
  'auth/stale-message': [
    'The message was sent too long ago',
    'Set the clock of the sender, or send the news again with the time of now.',
  ],
  'auth/bad-signature': [
    'The signature of a webhook is none of its trigger',
    'Sign the bytes that are sent with the secret of this trigger.',
  ],
  'auth/secret-unreadable': [
    'The secret of this trigger cannot be read now',
    'Send the message again in half a minute; whoever runs this server finds the reason in its log.',
  ],
  'auth/unsigned': [
    'This trigger takes signed messages only',
    'Sign the message (Standard Webhooks) with the secret of this trigger; a token is not enough.',
  ],
  'auth/bad-origin': ['The request comes from another site', 'Use the console at its own address.'],
  'auth/foreign-sign-in': [
    'This browser did not begin this sign-in, or it is over',
    'Begin again in this browser, within ten minutes.',
  ],
  'auth/provider-down': [
    'The identity provider does not answer',
    'Try again in a moment, or ask an administrator for a sign-in link.',
  ],
  'auth/provider-refused': [
    'The identity provider did not sign you in',
    'Try again; if it goes on, ask whoever runs the provider.',
  ],
  'auth/bad-provider-answer': [
    "The identity provider's answer does not hold",
    'Nobody was signed in. Try again; if it goes on, tell an administrator.',
  ],
  'auth/unknown-person': [
    'The identity provider knows you, and Riposte does not',
    'Ask an administrator of Riposte to let you in.',
  ],
  'auth/deactivated': ['You have been deactivated here', 'Ask an administrator of Riposte.'],
  'auth/no-role': [
    'None of your groups has a role here',
    'Ask whoever runs the identity provider, or an administrator of Riposte.',
  ],
  'auth/another-person': [
    'Somebody else came back than whose session it is',
    'Nothing was changed. Sign in at the provider as yourself.',
  ],
  'auth/not-proved-anew': [
    'The identity provider does not say that you signed in anew',
    'Sign in by another way, such as a link of an administrator.',
  ],
  'auth/fresh-sign-in': ['This needs a fresh sign-in', 'Sign in again, then repeat.'],
  'auth/bad-passkey': [
    'The passkey proves nothing here',
    'Ask for the key again on the same page. A key that was removed signs nobody in: use a link.',
  ],
  'auth/cloned-passkey': [
    'The passkey counts backwards',
    'Somebody may have a copy of it. Remove it, and register another.',
  ],
  'auth/last-administrator': ['The last administrator cannot be removed', 'Name another one first.'],
} as const satisfies Record<string, CodeWords>;

export const requestWords = {
  'request/invalid': ['The request is not valid', 'The list of errors points at each mistake.'],
  'request/not-found': ['There is no such thing, or you may not see it', 'Check the id.'],
  'request/gone': [
    'It was over long ago and went by retention',
    'The audit log still tells of it; RIPOSTE_RETENTION says how long such things stay.',
  ],
  'request/method-not-allowed': [
    'This address does not take that method',
    'The Allow header names those it takes.',
  ],
  'request/unsupported-media-type': ['The body is not JSON', 'Send application/json.'],
  'request/not-acceptable': ['No form of the answer fits the Accept header', 'Accept application/json.'],
  'request/too-large': ['The body is too large', 'Alerts are at most 1 MiB, playbooks 256 KiB.'],
  'request/conflict': ['The present state does not allow it', 'Read it again, then decide.'],
  'request/stale': ['It changed since you read it', 'Read it again and repeat with the new ETag.'],
  'request/precondition-required': [
    'The request does not say which version it changes',
    'Send If-Match with the ETag you read.',
  ],
  'request/idempotency-mismatch': [
    'The idempotency key was used for another body',
    'Use a new key for a new request.',
  ],
  'request/message-changed': [
    'The message came before and said something else',
    'Give every message an id of its own.',
  ],
  'request/in-progress': ['The same request is still being answered', 'Wait, then repeat it.'],
  'request/rate-limited': ['Too many requests', 'Wait for the seconds that Retry-After names.'],
  'request/bad-cursor': ['The cursor does not belong to this list', 'Start again without a cursor.'],
  'request/unavailable': [
    'The service cannot answer now',
    'Repeat with the same idempotency key; what was recorded nevertheless is not done twice.',
  ],
  'request/internal': ['A mistake of ours', 'It was logged under the request id.'],
} as const satisfies Record<string, CodeWords>;

export const stopWords = {
  'stop/active': ['Containment is stopped', 'Someone pulled the emergency stop. An operator resumes it.'],
  'stop/not-active': ['Containment is not stopped', 'There is nothing to resume.'],
  'pause/active': ['Everything is paused', 'Nothing is sent until two people lift the pause.'],
  'pause/not-active': ['Nothing is paused', 'There is nothing to lift.'],
} as const satisfies Record<string, CodeWords>;

export const auditWords = {
  'audit/unavailable': [
    'The audit log cannot be written',
    'Without an entry there is no effect. Repair the log first.',
  ],
  'audit/fork': [
    'The audit log does not continue what was published',
    'The database was restored or rewritten. Effects stay refused until an operator opens a new incarnation.',
  ],
  'audit/integrity': [
    'The audit log fails verification',
    'The message names the first bad index. Keep the evidence.',
  ],
  'audit/not-compared': [
    'The audit log was not held against its anchors yet',
    'A sequencer that knows the anchors has to start; then what is held goes on by itself.',
  ],
  'audit/semantic': [
    'The audit log contradicts itself',
    'An effect without intent, or without a matching approval.',
  ],
  'audit/bad-signature': [
    "A checkpoint's signature is wrong",
    'Check the public key, then treat it as tampering.',
  ],
  'audit/key-missing': [
    'The key of the current log is not on this host',
    'Copy its file from a host that has it. Nothing is sealed here until then, and nothing is lost.',
  ],
  'audit/order-unsigned': [
    'An order about the log is not signed as it has to be',
    'Both people sign it with their passkeys, on the page Log of the console.',
  ],
  'audit/pruned': [
    'Entries of this range were pruned',
    'Hashes remain and verify; the archive has the bytes.',
  ],
} as const satisfies Record<string, CodeWords>;

export const startWords = {
  'start/port-in-use': ['Another program listens on the port', 'Stop it, or set RIPOSTE_PORT.'],
  'start/data-newer': [
    'The data was written by a newer version',
    'Start that version, or restore an older backup.',
  ],
  'start/data-in-use': [
    'Another process uses the data folder',
    'Stop it first; two must not share one folder.',
  ],
  'start/data-damaged': ['The data folder cannot be read', 'Keep it as it is and restore from a backup.'],
  'start/bad-config': ['A setting is wrong', 'The message names the variable and what to write.'],
  'start/no-database': ['The database does not answer', 'Check DATABASE_URL and that the server runs.'],
  'start/no-queue': ['The Redis of the queues does not answer', 'Check QUEUE_URL and that the server runs.'],
  'start/unsafe-queue': [
    'The Redis of the queues may lose what it is given',
    'Set maxmemory-policy noeviction and appendonly yes.',
  ],
} as const satisfies Record<string, CodeWords>;
