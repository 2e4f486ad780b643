import { stderr, stdout } from 'node:process';
import { styleText } from 'node:util';
import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { oneLine } from './server-text.ts';

/** Data goes to stdout, talk to stderr: a pipe sees only data. */
export function printJson(value: unknown): void {
  stdout.write(`${JSON.stringify(value, null, 2).replace(invisible, escapeCharacter)}\n`);
}

// JSON writes U+0000 to U+001F as escapes and nothing else; a terminal obeys U+009B and bidirectional marks too.
const invisible = /[\x7f-\x9f\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

export function printLine(text: string): void {
  stdout.write(`${text}\n`);
}

export function say(text: string): void {
  stderr.write(`${text}\n`);
}

/** Bold on a terminal; plain in a pipe and with NO_COLOR. */
export function strong(text: string): string {
  return styleText('bold', text, { stream: stdout, validateStream: true });
}

export interface Column {
  title: string;
  value(item: JsonObject): Json | undefined;
}

/** One line per item; the last column takes what room it needs. */
export function printTable(items: readonly JsonObject[], columns: readonly Column[]): void {
  const rows = items.map((item) => columns.map((column) => oneLine(column.value(item))));
  const widths = columns.map((column, at) =>
    Math.max(column.title.length, ...rows.map((row) => Math.min(row[at]?.length ?? 0, 48))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) =>
        at === cells.length - 1 ? cell : cut(cell, widths[at] ?? 0).padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd();
  printLine(strong(line(columns.map((column) => column.title))));
  for (const row of rows) printLine(line(row));
}

/** Ids are never cut: people copy them. */
function cut(cell: string, width: number): string {
  return cell.length > width && !/^[a-z]{3}_[0-9a-z]+$/.test(cell) ? `${cell.slice(0, width - 1)}…` : cell;
}

export function printFields(fields: readonly [string, Json | undefined][]): void {
  const width = Math.max(...fields.map(([name]) => name.length));
  for (const [name, value] of fields) {
    if (value !== undefined && value !== null && value !== '') {
      printLine(`${strong(name.padEnd(width))}  ${oneLine(value)}`);
    }
  }
}

export function itemsOf(answer: JsonObject): JsonObject[] {
  return Array.isArray(answer.items) ? answer.items.filter(isJsonObject) : [];
}

/** A field inside fields; undefined when something on the way is missing. */
export function at(value: Json | undefined, ...path: string[]): Json | undefined {
  let current: Json | undefined = value;
  for (const name of path) current = isJsonObject(current) ? current[name] : undefined;
  return current;
}

export function targetText(target: Json | undefined): string {
  if (!isJsonObject(target)) return '';
  const name = target.name ?? target.id;
  return `${String(target.kind)} ${String(name)}`;
}
