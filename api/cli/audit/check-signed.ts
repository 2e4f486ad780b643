import type { Evidence } from '../../../engine/core/approval/check-evidence.ts';
import { endTypes, type Placed } from '../../../engine/core/audit/key-standing.ts';
import { relyingPartyOf } from '../../../engine/core/identity/relying-party.ts';
import { isJsonObject } from '../../../schemas/json.ts';
import { callServer } from '../call-server.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import type { CommonOptions } from '../list-command.ts';
import { printJson, printLine, say } from '../print.ts';
import { oneLine } from '../server-text.ts';
import { readSettings } from '../settings.ts';
import { entriesThat } from './entries-that.ts';
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
  const ofRun = await entriesThat(settings, {
    run: String(answer.run),
    type: 'approval.voted,approval.break-glass',
  });
  const voted = ofRun.placed.filter(({ entry }) => entry.approvalId === approvalId);
  const people = [...new Set(voted.map(({ entry }) => entry.actor.id))];
  const created: Placed[] = [];
  for (const actor of people)
    created.push(...(await entriesThat(settings, { actor, type: 'passkey.created' })).placed);
  // Whoever removed or deactivated is somebody else, so all of them are asked for.
  const ended = await entriesThat(settings, { type: endTypes.join(',') });
  const votes = judgeSigned(voted, { created, ended: ended.placed }, evidence, party);
  const unsaid = unsaidBy({
    unreadable: ended.unreadable,
    started: (await entriesThat(settings, { type: 'log.started' })).placed,
  });
  if (options.json)
    printJson({ schemaVersion: 1, approval: approvalId, votes: votes.map((vote) => ({ ...vote })), unsaid });
  else for (const vote of votes) printLine(lineOf(vote));
  for (const each of unsaid) say(each);
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

/** What these entries could not say of whether a key had ended before it signed. */
function unsaidBy({ unreadable, started }: { unreadable: number; started: readonly Placed[] }): string[] {
  const said: string[] = [];
  if (unreadable > 0)
    said.push(
      `${unreadable} entries about removed keys and changed people cannot be read any more: whether one of them ended a key before it signed is not said.`,
    );
  const [first] = started;
  if (first === undefined)
    said.push('How the log began cannot be read: whether a key ended in an earlier one is not said.');
  else if (isJsonObject(first.entry.data?.before))
    said.push('Another log came before this one and was not asked: whether a key ended in it is not said.');
  return said;
}
