import { endTypes, type Placed } from '../../../engine/core/audit/key-standing.ts';
import { doneTypes, type OrderProblem, OrderStory } from '../../../engine/core/audit/order-story.ts';
import { isJsonObject } from '../../../schemas/json.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import type { CommonOptions } from '../list-command.ts';
import { printJson, printLine, say } from '../print.ts';
import { oneLine } from '../server-text.ts';
import { readSettings } from '../settings.ts';
import { entriesThat } from './entries-that.ts';

interface SignedOrder {
  index: number;
  time: string;
  type: string;
  order: string;
  proposer: string;
  confirmer: string;
  /** Whether the sequencer would have refused it without. */
  demanded: boolean;
  verdict: 'holds' | 'unsigned' | 'fails';
  why: string | null;
}

const types = ['passkey.created', ...endTypes, 'log.order-signed', 'log.order-confirmed', ...doneTypes];

/** Whether those who ordered something about the log have signed what was done. */
export async function checkOrders(options: CommonOptions): Promise<void> {
  const settings = readSettings(options);
  const { placed, unreadable } = await entriesThat(settings, { type: types.join(',') });
  const entries = placed.sort((one, other) => one.index - other.index);
  const before = entries.some(({ entry }) => isJsonObject(entry.data?.before));
  const story = new OrderStory(unreadable === 0 && !before);
  const problems = entries.flatMap(({ index, entry }) => story.pass(index, entry));
  problems.push(...story.end());
  const orders = entries.flatMap((each) => (isDone(each) ? [verdictOf(each, problems)] : []));
  const words = problems.filter(({ index }) => !orders.some((order) => order.index === index));
  if (options.json)
    printJson({
      schemaVersion: 1,
      orders: orders.map((each) => ({ ...each })),
      words: words.map((each) => ({ ...each })),
    });
  else for (const order of orders) printLine(lineOf(order));
  for (const { index, message } of words) say(`entry ${index}: ${message}`);
  if (orders.length === 0) say('The log has no order about it that is done.');
  else say('The entries are as the server gave them: "riposte audit verify" holds the log itself.');
  if (problems.length > 0) throw new CliError(exitCodes.findings, 'A signature does not hold. Keep the log.');
}

function isDone({ entry: { type, data } }: Placed): boolean {
  return doneTypes.some((done) => done === type) && typeof data?.order === 'string';
}

function verdictOf({ index, entry }: Placed, problems: readonly OrderProblem[]): SignedOrder {
  const { time, type, data = {} } = entry;
  const signatures = isJsonObject(data.signatures) ? data.signatures : {};
  const why = problems.find((each) => each.index === index)?.message ?? null;
  const signed = isJsonObject(signatures.proposer) && isJsonObject(signatures.confirmer);
  return {
    index,
    time,
    type,
    order: String(data.order),
    proposer: String(data.proposed_by),
    confirmer: String(data.confirmed_by),
    demanded: signatures.demanded === true,
    verdict: why !== null ? 'fails' : signed ? 'holds' : 'unsigned',
    why,
  };
}

function lineOf({ time, type, proposer, confirmer, demanded, verdict, why }: SignedOrder): string {
  const said = `${oneLine(time)}  ${oneLine(type)}  ${oneLine(proposer)}, ${oneLine(confirmer)}`;
  switch (verdict) {
    case 'holds':
      return `${said}  signed by both${demanded ? ', as the sequencer demanded' : ''}: holds`;
    case 'unsigned':
      return `${said}  unsigned: not signed with the passkeys of both`;
    case 'fails':
      return `${said}  DOES NOT HOLD: ${oneLine(why)}`;
  }
}
