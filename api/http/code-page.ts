import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Code, codes, type Severity } from '../../schemas/codes.ts';

/*
 * The page of a code, for `riposte explain`. Codes of authors have a file of their own,
 * `schemas/codes/pages/<station>/<what>.md`, with a wrong and a right example; the others share one file per
 * station, `pages/<station>.md`, one heading per code. Tests run every example.
 */

export interface CodePage {
  code: Code;
  summary: string;
  severity?: Severity;
  /** What it means and why it exists, in paragraphs. */
  why: string;
  help: string;
  /** The files of the wrong example: parts of a playbook, a whole case file, an alert. */
  avoid?: string[];
  /** The same files, corrected. */
  prefer?: string[];
}

const folder = join(import.meta.dirname, '../../schemas/codes/pages');

export function codePage(code: Code): CodePage {
  const { summary, help, severity } = codes[code];
  const { why, avoid, prefer } = readPage(code);
  return {
    code,
    summary,
    ...(severity !== undefined && { severity }),
    why,
    help,
    ...(avoid.length > 0 && { avoid }),
    ...(prefer.length > 0 && { prefer }),
  };
}

function readPage(code: Code): { why: string; avoid: string[]; prefer: string[] } {
  const own = join(folder, `${code}.md`);
  if (existsSync(own)) {
    const [head = '', avoid = '', prefer = ''] = readFileSync(own, 'utf8').split(/^## (?:Avoid|Prefer)$/m);
    return { why: withoutTitle(head), avoid: blocks(avoid), prefer: blocks(prefer) };
  }
  const shared = join(folder, `${code.split('/')[0]}.md`);
  const sections = existsSync(shared) ? readFileSync(shared, 'utf8').split(/^## /m) : [];
  const section = sections.find((each) => each.startsWith(`${code}\n`)) ?? '';
  return { why: section.slice(code.length).trim(), avoid: [], prefer: [] };
}

function withoutTitle(head: string): string {
  return head.replace(/^# .*\n/, '').trim();
}

/** What stands between fences, without them. */
function blocks(part: string): string[] {
  return [...part.matchAll(/^```[a-z]*\n([\s\S]*?)^```$/gm)].map(([, text]) => text ?? '');
}
