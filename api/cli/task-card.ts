import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { at, printLine, strong, targetText } from './print.ts';
import { oneLine } from './server-text.ts';

/** Everything a person needs to say what became of it: the question first, then where to look, then what follows. */
export function printTask(task: JsonObject): void {
  const rows: [string, string][] = [
    ['WHY', oneLine(task.why)],
    [
      'TARGET',
      isJsonObject(task.target) ? `${oneLine(targetText(task.target))} (${oneLine(task.target.id)})` : '',
    ],
    ['ACTION', oneLine(`${task.action}@${task.actionVersion} through ${task.connection}`)],
    ['ARGUMENTS', each(task.arguments, (item) => `${oneLine(item.name)}: ${oneLine(item.value)}`)],
    ['HANDLE', isJsonObject(task.handle) ? oneLine(task.handle) : ''],
    ['ACTION KEY', oneLine(task.actionKey)],
    ['SENT', each(task.exchanges, exchange)],
    ['LATE', each(task.late, (item) => oneLine(`${item.at} ${item.purpose}: ${item.outcome}`))],
    ['LOOK BY HAND', oneLine(at(task.byHand, 'words') ?? 'The action does not say where.')],
    ['', lines(at(task.byHand, 'docs'))],
    ['IF IT DID', oneLine(at(task.follows, 'happened'))],
    ['IF IT DID NOT', oneLine(at(task.follows, 'didNotHappen'))],
    ['IF NOBODY SAYS', oneLine(at(task.follows, 'silence'))],
    [
      'OF',
      oneLine(
        `${at(task.playbook, 'title')} ${at(task.playbook, 'version')}, step ${task.step}, ${at(task.run, 'id')}`,
      ),
    ],
    ['ANSWER BEFORE', oneLine(task.answerBefore)],
    ['DIGEST', oneLine(task.digest)],
  ];
  printLine(strong(oneLine(task.question)));
  printLine('');
  for (const [name, text] of rows) {
    if (text !== '') printLine(`${strong(name.padEnd(14))}  ${text.replaceAll('\n', `\n${' '.repeat(16)}`)}`);
  }
  if (task.state !== 'open') printLine(`\n${strong(settled(task))}`);
  if (task.contradicted === true)
    printLine(strong('The target said otherwise later. Look at it, and undo or contain what has to be.'));
}

function settled(task: JsonObject): string {
  const who = at(task.answeredBy, 'name');
  const proof = typeof task.proof === 'string' && task.proof !== '' ? `: ${oneLine(task.proof)}` : '';
  return `It is ${oneLine(task.state)}, settled by ${oneLine(who ?? task.settledBy)}${proof}`;
}

function exchange(item: JsonObject): string {
  const when = oneLine(item.sentAt ?? item.queuedAt);
  const said = item.says === null ? '' : ` – ${oneLine(item.says)}`;
  return `${when} ${oneLine(item.purpose)} ${oneLine(item.number)}: ${oneLine(item.outcome ?? item.state)}${said}`;
}

function each(list: Json | undefined, words: (item: JsonObject) => string): string {
  return Array.isArray(list) ? list.filter(isJsonObject).map(words).join('\n') : '';
}

function lines(list: Json | undefined): string {
  return Array.isArray(list) ? list.map(oneLine).join('\n') : '';
}
