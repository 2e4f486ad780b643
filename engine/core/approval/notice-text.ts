import type { ApprovalCard } from '../contracts/command.ts';
import { assertNever } from '../contracts/invariant.ts';

/*
 * What people are told about a question. Everything that came with an alert is data: one line stays one line, so
 * that no title can add an "Expires" of its own, and the only address that a client can make clickable is ours.
 */

/** Persisted words. */
export type Occasion = 'asked' | 'reminded' | 'escalated' | 'break-glass';

export interface NoticeText {
  title: string;
  lines: string[];
}

export interface NoticeAbout {
  occasion: Occasion;
  card: Pick<ApprovalCard, 'question' | 'why' | 'happens' | 'targets' | 'reversible' | 'stepName'>;
  playbook: string;
  expiresAtMs: number;
}

const titleMax = 150;
const lineMax = 500;
const targetsShown = 5;

export function noticeText({ occasion, card, playbook, expiresAtMs }: NoticeAbout): NoticeText {
  const { targets } = card;
  const named = targets.slice(0, targetsShown).map(({ kind, id, name }) => {
    const plain = asLine(name ?? id, 80);
    return `${kind} ${plain}${name === null || name === id ? '' : ` (${asLine(id, 80)})`}`;
  });
  const more = targets.length > targetsShown ? ` and ${targets.length - targetsShown} more` : '';
  const lines = [
    whyNow(occasion),
    `Question: ${asLine(card.question, lineMax)}`,
    card.why === '' ? null : `Why: ${asLine(card.why, lineMax)}`,
    `What happens: ${asLine(card.happens, lineMax)}${card.reversible ? '' : ' It cannot be undone.'}`,
    named.length === 0 ? null : `Target: ${named.join(', ')}${more}`,
    `Playbook: ${asLine(playbook, 120)}, step ${asLine(card.stepName, 120)}`,
    occasion === 'break-glass' ? null : `Expires: ${instant(expiresAtMs)}. Silence is a no.`,
  ];
  return {
    title: `${titleWord(occasion)}: ${asLine(card.question, titleMax)}`,
    lines: lines.filter((line) => line !== null),
  };
}

/** One line of plain text: no control characters, nothing that turns text around, no address to click on. */
export function asLine(text: string, charactersMax: number): string {
  const plain = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ')
    .replaceAll(/:\/\/([^\s/]*)/g, (_whole, host: string) => `[:]//${host.replaceAll('.', '[.]')}`)
    .replaceAll(/\b(www|mailto|tel)([.:])/gi, '$1[$2]')
    .trim();
  const characters = [...plain];
  return characters.length <= charactersMax ? plain : `${characters.slice(0, charactersMax - 1).join('')}…`;
}

function titleWord(occasion: Occasion): string {
  switch (occasion) {
    case 'asked':
      return 'Approval';
    case 'reminded':
      return 'Still waiting';
    case 'escalated':
      return 'Escalated';
    case 'break-glass':
      return 'Decided alone';
    default:
      return assertNever(occasion, 'occasion');
  }
}

function whyNow(occasion: Occasion): string {
  switch (occasion) {
    case 'asked':
      return 'A question waits for a person.';
    case 'reminded':
      return 'A question still waits for a person.';
    case 'escalated':
      return 'Nobody has decided yet; more people may decide now.';
    case 'break-glass':
      return 'Somebody decided this alone, in place of all who were asked. Somebody else has to review it within a day.';
    default:
      return assertNever(occasion, 'occasion');
  }
}

/** To the second, in UTC, so that nobody takes it for local time. */
function instant(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
}
