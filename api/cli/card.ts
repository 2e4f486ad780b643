import { choicesOf } from '../../engine/core/approval/read-argument.ts';
import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { at, printLine, strong, targetText } from './print.ts';
import { oneLine } from './server-text.ts';

/** The approval card in the order of the console (2.5): the question first, then what a no depends on. */
export function printCard(approval: JsonObject): void {
  const card = approval.card;
  const rows: [string, string][] = [
    ['WHAT HAPPENS', oneLine(at(card, 'happens'))],
    ['TARGET', targets(approval).map(oneLine).join('\n')],
    ['WAY BACK', oneLine(at(card, 'wayBack'))],
    ['ARGUMENTS', pairs(at(card, 'arguments'), 'name', 'value')],
    ['MAY CHANGE', changeable(at(card, 'editable'))],
    ['EVIDENCE', pairs(at(card, 'evidence'), 'label', 'value', 'link')],
    ['SAY NO IF', lines(at(card, 'falsepositives'))],
    [
      'ASKED BY',
      oneLine(
        `${at(approval, 'playbook', 'title')} ${at(approval, 'playbook', 'version')}, step ${approval.step}, ` +
          `${at(approval, 'run', 'id')}, started by ${at(approval, 'requester', 'name')}`,
      ),
    ],
    ['NEEDS', needs(approval)],
    ['SO FAR', votes(approval)],
    ['NOT TOLD', notTold(approval)],
    ['EXPIRES', expires(approval)],
    ['DIGEST', oneLine(approval.digest)],
  ];
  printLine(strong(oneLine(at(card, 'question'))));
  // One line: a title with line breaks could otherwise write rows of its own above the true ones.
  if (at(card, 'why')) printLine(oneLine(at(card, 'why')));
  printLine('');
  for (const [name, text] of rows) {
    if (text !== '') printLine(`${strong(name.padEnd(12))}  ${text.replaceAll('\n', `\n${' '.repeat(14)}`)}`);
  }
  const alone = approval.breakGlass;
  if (isJsonObject(alone)) {
    const seen = isJsonObject(alone.review)
      ? `reviewed by ${at(alone, 'review', 'by', 'name')}: ${at(alone, 'review', 'finding')}`
      : 'not reviewed yet';
    printLine(
      `\n${strong(oneLine(`${at(alone, 'by', 'name')} decided alone`))}: ${oneLine(alone.reason)} (${oneLine(seen)})`,
    );
  }
  const state = oneLine(approval.state);
  if (state !== 'pending') printLine(`\n${strong(`It is ${state}.`)}`);
  if (at(card, 'unshowable')) printLine(`\nIt cannot be approved: ${oneLine(at(card, 'unshowable'))}`);
}

function expires({ expiresAt, standsStill }: JsonObject): string {
  const at = oneLine(expiresAt);
  return standsStill === true
    ? `time stands still while everything is paused; lifted now, it would be ${at}`
    : at;
}

/** Whom the question did not reach so far, although the playbook names them. */
function notTold({ notices }: JsonObject): string {
  return (Array.isArray(notices) ? notices : [])
    .filter((notice) => typeof at(notice, 'error') === 'string')
    .map((notice) => oneLine(`${at(notice, 'destination')}: ${at(notice, 'error')}`))
    .join('\n');
}

/** Name, id and what is known: two hosts may have the same name. */
function targets(approval: JsonObject): string[] {
  const known = Array.isArray(approval.facts) ? approval.facts : [];
  const all = at(approval.card, 'targets');
  return (Array.isArray(all) ? all : []).map((target) => {
    const facts = known.find(
      (fact) => at(fact, 'id') === at(target, 'id') && at(fact, 'kind') === at(target, 'kind'),
    );
    const told = ['role', 'criticality', 'owner']
      .map((name) => at(facts, 'facts', name))
      .filter((value) => typeof value === 'string' && value !== '');
    return [targetText(target), `(${String(at(target, 'id'))})`, ...told].join(' · ').replace(' · (', ' (');
  });
}

/** What an approver may change, with the values to choose from. */
function changeable(list: Json | undefined): string {
  if (!Array.isArray(list)) return '';
  return list
    .map((field) => {
      const schema = at(field, 'schema');
      const choices = isJsonObject(schema) ? choicesOf(schema) : null;
      return [
        oneLine(at(field, 'name')),
        ...(choices === null ? [] : [choices.map(oneLine).join(' | ')]),
      ].join(': ');
    })
    .join('\n');
}

function pairs(list: Json | undefined, name: string, ...values: string[]): string {
  if (!Array.isArray(list)) return '';
  return list
    .filter(isJsonObject)
    .map(
      (item) =>
        `${oneLine(item[name])}: ${values
          .map((value) => oneLine(item[value]))
          .filter(Boolean)
          .join(' ')}`,
    )
    .join('\n');
}

function lines(list: Json | undefined): string {
  return Array.isArray(list) ? list.map(oneLine).join('\n') : '';
}

function needs(approval: JsonObject): string {
  const own = approval.separate === true ? ' · not you if you started it or published the playbook' : '';
  return oneLine(`${approval.quorum} of ${lines(approval.approvers).replaceAll('\n', ', ')}${own}`);
}

function votes(approval: JsonObject): string {
  const list = approval.votes;
  if (!Array.isArray(list)) return '';
  const taken = Array.isArray(approval.withdrawn) ? approval.withdrawn : [];
  return [
    ...list.map(
      (vote) => `${at(vote, 'person', 'name')}: ${at(vote, 'decision')} ${at(vote, 'comment') ?? ''}`,
    ),
    ...taken.map((each) => `${at(each, 'person', 'name')}: took their yes back ${at(each, 'comment') ?? ''}`),
  ]
    .map((line) => oneLine(line).trim())
    .join('\n');
}
