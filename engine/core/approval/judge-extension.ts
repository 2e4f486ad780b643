import { isClosed, mayNotDecide, type Question, type Refused, refuse, type Voter } from './judge-approval.ts';

/** What one extension adds. Whoever needs longer than this lets it expire and asks again. */
export const extensionMs = 15 * 60_000;

/** Whoever may decide may ask for more time, once per question; votes and digest stay as they are. */
export function judgeExtension(
  question: Question,
  extendedBefore: boolean,
  voter: Voter,
  nowMs: number,
): Refused | { kind: 'extend'; untilMs: number } {
  const hindrance = mayNotDecide(question, voter) ?? isClosed(question, nowMs);
  if (hindrance !== null) return hindrance;
  if (extendedBefore)
    return refuse('approval/already-extended', 'it was given more time before; after that, silence is a no');
  return { kind: 'extend', untilMs: question.approveBeforeMs + extensionMs };
}
