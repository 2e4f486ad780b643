import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { odataText } from '../../client/odata-text.ts';
import { query } from '../../client/path.ts';
import { nonEmptyTextOf, rowsOf } from '../../client/read-field.ts';
import type { Reading, VendorApi } from '../../client/vendor-api.ts';
import { type AnalyzedMail, readAnalyzedMail } from '../client/analyzed-mail.ts';
import { type Criteria, matches, readCriteria } from './criteria.ts';
import { showMessages } from './show-messages.ts';

/**
 * Two hundred pages are read at most. A wider search fails and says so: stopping in silence would
 * leave copies in mailboxes while everybody believes that they were found.
 */
const maxPages = 200;
const pageSize = 500;

/**
 * The vendor documents filters on the network message id and the recipient together with it, and on
 * nothing else; every other criterion is compared here, row by row.
 */
export async function performSearchMessages(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const read = readCriteria(input);
  if (!read.ok) return failed(read.failure);
  const { criteria } = read;
  const found = new Map<string, AnalyzedMail>();

  let answer: Reading = await graph.read(context, firstPage(criteria, context.nowMs()));
  for (let page = 1; ; page += 1) {
    if (!answer.ok) return failed(answer.failure);
    const rows = rowsOf(answer.body);
    if (rows === null)
      return failed(
        terminal('invalid-response', 'Microsoft Graph sent a list of mails that cannot be read.'),
      );
    for (const row of rows) {
      const mail = readAnalyzedMail(row);
      if (mail === null)
        return failed(terminal('invalid-response', 'Microsoft Graph sent a mail without an id.'));
      if (!matches(mail, criteria)) continue;
      if (found.size === criteria.limit && !found.has(mail.id)) return show(found, false);
      found.set(mail.id, mail);
    }
    const next = nonEmptyTextOf(answer.body, '@odata.nextLink');
    if (next === null) return show(found, true);
    if (page === maxPages) {
      const advice = 'Shorten received_within, or search by network_message_id.';
      return failed(
        terminal('search-too-wide', `More than ${maxPages} pages of mail lie in the window. ${advice}`),
      );
    }
    answer = await graph.readNext(context, next);
  }
}

function firstPage(criteria: Criteria, nowMs: number): string {
  const filters: string[] = [];
  if (criteria.networkMessageId !== null) {
    filters.push(`networkMessageId eq ${odataText(criteria.networkMessageId)}`);
    if (criteria.recipient !== null)
      filters.push(`recipientEmailAddress eq ${odataText(criteria.recipient)}`);
  }
  return `/security/collaboration/analyzedEmails${query({
    startTime: new Date(nowMs - criteria.withinMs).toISOString(),
    endTime: new Date(nowMs).toISOString(),
    ...(filters.length === 0 ? {} : { $filter: filters.join(' and ') }),
    $top: String(pageSize),
  })}`;
}

function show(found: Map<string, AnalyzedMail>, complete: boolean): ActionOutcome {
  return { kind: 'succeeded', outputs: showMessages([...found.values()], complete), changed: false };
}
