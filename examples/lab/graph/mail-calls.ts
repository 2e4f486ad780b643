import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { requireRoles } from '../http/authorize.ts';
import { compileFilter, type FilterDialect } from '../http/compile-filter.ts';
import { allowOptions, readPaging } from '../http/read-paging.ts';
import { boolean, isObject, oneOf, readStrictBody, text, textIn } from '../http/read-strict-body.ts';
import type { TokenClaims } from '../http/tokens.ts';
import { labTenantId } from '../scenario.ts';
import type { Mail } from '../world/records.ts';
import { type RemediationAction, remediateMail } from '../world/remediate-mail.ts';
import type { World } from '../world/world.ts';
import { showMail } from './show-mail.ts';

const context = 'https://graph.microsoft.com/v1.0/$metadata#security/collaboration/analyzedEmails';
const badRequest = 'invalidRequest';
const forbidden = 'accessDenied';
const mayRead = [['SecurityAnalyzedMessage.Read.All'], ['SecurityAnalyzedMessage.ReadWrite.All']];

const actions: readonly RemediationAction[] = [
  'moveToJunk',
  'moveToInbox',
  'hardDelete',
  'softDelete',
  'moveToDeletedItems',
  'moveToQuarantine',
];

/** More than one batch of the product (facts 7.7). */
const mailsPerCallMax = 50_000;

const dialect: FilterDialect<Mail> = {
  operators: ['eq'],
  or: false,
  fields: {
    networkMessageId: { kind: 'text', read: (mail) => mail.message.networkMessageId },
    recipientEmailAddress: { kind: 'folded', read: (mail) => mail.recipient },
    'senderDetail/fromAddress': { kind: 'folded', read: (mail) => mail.message.sender.address },
    subject: { kind: 'text', read: (mail) => mail.message.subject },
  },
};

/** Newest first. `startTime` and `endTime` are required; a page holds at most the scenario's page size. */
export function listMails(world: World, request: LabRequest, caller: TokenClaims): Answer {
  requireRoles(caller, mayRead, forbidden);
  const { query } = request;
  const known = ['startTime', 'endTime', '$filter', 'filter', '$top', '$skiptoken', '$count'];
  allowOptions(query, known, badRequest);
  const [startMs, endMs] = [readInstant(query, 'startTime'), readInstant(query, 'endTime')];
  if (endMs < startMs) throw new Refusal(400, badRequest, 'endTime must not be before startTime.');
  if (query.has('$filter') && query.has('filter'))
    throw new Refusal(400, badRequest, 'Two filters are given.');
  const { top } = readPaging(query, 1000, badRequest);
  const size = Math.max(1, Math.min(top, world.scenario.mailPageSize));
  const skip = readSkipToken(query.get('$skiptoken'));

  const source = query.get('$filter') ?? query.get('filter');
  const filter = source === null ? null : compileFilter(source, dialect);
  const messageId = filter?.pinned.get('networkMessageId');
  const candidates =
    messageId === undefined ? world.mailsNewestFirst : (world.mailsByMessage.get(messageId) ?? []);
  const rows = candidates.filter(
    (mail) => mail.loggedMs >= startMs && mail.loggedMs <= endMs && (filter === null || filter.test(mail)),
  );
  const next = new URLSearchParams(query);
  next.set('$skiptoken', Buffer.from(`mail:${skip + size}`).toString('base64url'));
  return {
    status: 200,
    body: {
      '@odata.context': context,
      ...(query.get('$count') === 'true' ? { '@odata.count': rows.length } : {}),
      value: rows.slice(skip, skip + size).map(showMail),
      ...(skip + size < rows.length ? { '@odata.nextLink': `${request.origin}${request.path}?${next}` } : {}),
    },
  };
}

export function getMail(world: World, request: LabRequest, caller: TokenClaims, id: string): Answer {
  requireRoles(caller, mayRead, forbidden);
  allowOptions(request.query, [], badRequest);
  const mail = world.mails.get(id);
  if (mail === undefined) throw new Refusal(404, 'itemNotFound', `The analyzed email ${id} was not found.`);
  return { status: 200, body: { '@odata.context': `${context}/$entity`, ...showMail(mail) } };
}

/** 202 with a bulk id in `Location` and no body. There is no call to ask how it went. */
export function remediate(world: World, request: LabRequest, caller: TokenClaims): Answer {
  requireRoles(caller, [['SecurityAnalyzedMessage.ReadWrite.All']], forbidden);
  const body = readStrictBody(request, {
    displayName: text({ required: true }),
    description: text({ required: true }),
    severity: oneOf(['low', 'medium', 'high'], { required: true }),
    action: oneOf(actions, { required: true }),
    remediateSendersCopy: boolean(),
    analyzedEmails: {
      required: true,
      expected: `a list of 1 to ${mailsPerCallMax} objects with an id and nothing else`,
      test: (value) => idsOf(value) !== null,
    },
  });
  const action = actions.find((known) => known === body.action);
  const mailIds = idsOf(body.analyzedEmails);
  if (action === undefined || mailIds === null) throw new TypeError('The body was not checked.');
  const bulkId = remediateMail(world, {
    action,
    mailIds,
    displayName: textIn(body, 'displayName'),
    by: caller.name,
  });
  const filters = JSON.stringify({ bulkId: [bulkId] });
  const history = 'https://security.microsoft.com/action-center/history';
  return { status: 202, headers: { location: `${history}?filters=${filters}&tid=${labTenantId}` } };
}

function idsOf(value: unknown): string[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > mailsPerCallMax) return null;
  const ids: string[] = [];
  for (const item of value) {
    if (!isObject(item) || Object.keys(item).length !== 1) return null;
    if (typeof item.id !== 'string' || item.id === '') return null;
    ids.push(item.id);
  }
  return ids;
}

function readInstant(query: URLSearchParams, name: string): number {
  const value = query.get(name) ?? '';
  if (value === '') throw new Refusal(400, badRequest, `The parameter '${name}' is required.`);
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms))
    throw new Refusal(400, badRequest, `The parameter '${name}' must be an ISO 8601 time in UTC.`);
  return ms;
}

function readSkipToken(token: string | null): number {
  if (token === null) return 0;
  const skip = /^mail:(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (skip === undefined) throw new Refusal(400, badRequest, 'The skip token is not valid.');
  return Number(skip);
}
