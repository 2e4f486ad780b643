import type { Evidence } from '../../../engine/core/approval/check-evidence.ts';
import { readEntry } from '../../../engine/core/audit/read-entry.ts';
import type { Entry } from '../../../engine/core/contracts/entry.ts';
import { relyingPartyOf } from '../../../engine/core/identity/relying-party.ts';
import { isJsonObject } from '../../../schemas/json.ts';
import { callServer } from '../call-server.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import type { CommonOptions } from '../list-command.ts';
import { printJson, printLine, say } from '../print.ts';
import { oneLine } from '../server-text.ts';
import { readSettings, type Settings } from '../settings.ts';
import { judgeSigned, type SignedVote } from './judge-signed.ts';

/** Whether the keys of those who decided signed what the log says that they decided. */
export async function checkSigned(
  approvalId: string,
  options: CommonOptions & { site?: string },
): Promise<void> {
  const settings = readSettings(options);
  const { site = settings.url } = options;
  const party = URL.canParse(site) ? relyingPartyOf(site) : null;
  if (party === null)
    throw new CliError(
      exitCodes.usage,
      `--site says where people open the console, such as https://soar.example.org; no passkey is made for ${oneLine(site)}.`,
    );
  const answer = await callServer(settings, `/v1/approvals/${encodeURIComponent(approvalId)}/evidence`);
  const items = Array.isArray(answer.items) ? answer.items.filter(isJsonObject) : [];
  const evidence = items.map((item) => item.evidence as unknown as Evidence);
  const ofRun = await entries(settings, { run: String(answer.run), type: 'approval.voted' });
  const voted = ofRun.filter((entry) => entry.approvalId === approvalId);
  const people = [...new Set(voted.map(({ actor }) => actor.id))];
  const created: Entry[] = [];
  for (const actor of people) created.push(...(await entries(settings, { actor, type: 'passkey.created' })));
  const votes = judgeSigned(voted, created, evidence, party);
  if (options.json)
    printJson({ schemaVersion: 1, approval: approvalId, votes: votes.map((vote) => ({ ...vote })) });
  else for (const vote of votes) printLine(lineOf(vote));
  if (votes.length === 0) say('The log has no sealed decision about it.');
  else say('The entries are as the server gave them: "riposte audit verify" holds the log itself.');
  if (votes.some(({ verdict }) => verdict === 'fails'))
    throw new CliError(exitCodes.findings, 'A signature does not hold. Keep the evidence.');
}

function lineOf({ person, time, decision, passkey, verdict, why }: SignedVote): string {
  const said = `${oneLine(time)}  ${oneLine(person)}  ${oneLine(decision)}`;
  switch (verdict) {
    case 'holds':
      return `${said}  signed with ${oneLine(passkey)}: holds`;
    case 'unsigned':
      return `${said}  not signed with a passkey`;
    case 'fails':
      return `${said}  signed with ${oneLine(passkey)}: DOES NOT HOLD, ${oneLine(why)}`;
  }
}

/** All of them, whatever their number. */
async function entries(settings: Settings, filter: { [name: string]: string }): Promise<Entry[]> {
  const found: Entry[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ ...filter, limit: '200', ...(cursor !== null && { cursor }) });
    const page = await callServer(settings, `/v1/audit/entries?${query}`);
    for (const item of Array.isArray(page.items) ? page.items : []) {
      const text = isJsonObject(item) ? item.entry : null;
      const read = typeof text === 'string' ? readEntry(Buffer.from(text)) : null;
      if (read?.ok) found.push(read.entry);
    }
    cursor = typeof page.next === 'string' ? page.next : null;
  } while (cursor !== null);
  return found;
}
