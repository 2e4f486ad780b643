import { type Html, html } from './html.ts';

/**
 * What a finding of `scripts/findings.js` means and what to do about it, by its `means`. The browser takes them from the
 * page, as parts that are shown only when they are needed.
 */
export const meanings: { readonly [means: string]: Html } = {
  place: html`Entries are numbered without a gap, and each stays where it was sealed. One was removed, put in or moved by whoever can write to the database, or left out by whoever answers in its place. <strong>To do:</strong> keep what this page says; compare with an export or a backup from before.`,
  leaf: html`The text of the entry was changed after it was sealed, or the hash beside it. <strong>To do:</strong> read the entry here and in an export or a backup from before: what differs is what somebody changed.`,
  root: html`Up to this place everything is as it was signed; from here to the head that is named, something is not. Whoever can write to the database does that, or whoever answers in its place. <strong>To do:</strong> compare this range with an export or a backup from before.`,
  past: html`This is not the log that the head from before was about: what lies before it was written anew, and signed anew if nothing else is wrong. Only whoever has the log's key can do that. <strong>To do:</strong> take it that the key is in wrong hands; the places outside (<code>RIPOSTE_AUDIT_ANCHOR</code>) and exports from before have the true log.`,
  cut: html`A head was signed over more entries than the server has now: the end of the log is gone. An older backup that was put back does that, and so does somebody who hides the newest entries. <strong>To do:</strong> ask whether a backup was put back; the places outside (<code>RIPOSTE_AUDIT_ANCHOR</code>) show how far the log had come.`,
  uncovered: html`Nobody signed these entries, so nothing says that they were there when they claim to. <strong>To do:</strong> wait a second and verify again, as a head is signed every second; if it stays, the sequencer does not sign or its heads were removed.`,
  head: html`This head counts for nothing. If all say so, the key is not the one of this log: compare it once more with what you were given. If only one says so, somebody changed or forged it. <strong>To do:</strong> keep its text (<code>riposte audit export</code> has all of them).`,
  key: html`From here on, what signs the log does not follow from the key that you gave. <strong>To do:</strong> ask the two people who are named as having changed the key, and compare the new one with what they were given.`,
  retention: html`Texts may only go by the order of two people, which the log's key signs. These went without, or the order was forged. <strong>To do:</strong> get the texts from the archive or a backup; their hashes are still proved.`,
  order: html`Two people order what becomes of the log, and sign it with their passkeys. Here one of the two signatures is missing although it was demanded, is wrong, or is below something else. <strong>To do:</strong> ask both people who are named whether they ordered it; if not, somebody writes into the database or has the host of the sequencer.`,
  answers: html`The server says one thing here and another thing there. <strong>To do:</strong> verify again; if it stays, take an export (<code>riposte audit export</code>) and verify it offline.`,
};

/** Hidden until a script takes a copy. */
export function meaningParts(): Html[] {
  return Object.entries(meanings).map(
    ([means, words]) => html`<template data-part="means-${means}">${words}</template>`,
  );
}
