/**
 * Small made-up trees for one rule: those it must report, with the places and a part of the message,
 * and those that come close and are fine.
 */
export interface Made {
  broken: { why: string; files: { [path: string]: string }; at: string[]; message: string }[];
  fine: { why: string; files: { [path: string]: string } }[];
}

/** One file that breaks a rule in its first line. */
export function one(why: string, path: string, text: string, message: string): Made['broken'][number] {
  return { why, files: { [path]: text }, at: [`${path}:1`], message };
}

export function good(why: string, path: string, text: string): Made['fine'][number] {
  return { why, files: { [path]: text } };
}
