import { oneLine } from '../server-text.ts';

/** What somebody needs who checks an export without anything of ours. */
export function exportReadme({ origin, size }: { origin: string; size: number }): string {
  return `# Audit log \`${oneLine(origin)}\`

Its first ${size} entries, as they had been signed when this was written. With Riposte:

    riposte audit verify <this folder> --key '<key>'

Without it:

1. **Key.** Take it from the operator of the log, over another way than this folder; \`key\` is only what the server said.
   It is a C2SP signed-note key: name, id, and base64 of the byte 0x01 and the 32 bytes of an Ed25519 key, with \`+\` between.
2. **Leaves.** A line of \`entries.jsonl\` has \`idx\` (0, 1, 2 and so on, none is left out), \`leaf\` and \`raw\`. The leaf, in
   hex, is SHA-256 over the byte 0x00 and \`raw\` in UTF-8. Where \`raw\` is null, the text is gone and the leaf counts.
3. **Root.** RFC 6962, section 2.1: a node is SHA-256 over the byte 0x01, its left and its right child; n leaves are split
   at the largest power of two below n.
4. **Heads.** Each \`note\` of \`checkpoints.jsonl\` is a C2SP tlog-checkpoint: origin, size, and base64 of the root over the
   first \`size\` leaves, a line each; an empty line; signatures, \`— <name> <base64 of 4 bytes of key id and the signature>\`,
   over the text above the empty line with its last line feed. The last head covers every entry.
5. **Data.** An entry whose \`data\` is \`{media_type, sha256, size}\` has it in \`data.jsonl\`: SHA-256 over \`raw\` in UTF-8.
6. **A key that changed.** In \`data\` of an entry \`log.key-changed\` the key \`from\` has signed (Ed25519, base64), with a line
   feed behind each, \`riposte key change v1\`, the origin, \`from\` and \`to\`. The first head behind it is signed by both keys,
   later ones by the new one. The first entry names the first key.
7. **Retention.** In \`data\` of an entry \`audit.truncated\` the key of the log has signed, in the same way, \`riposte truncation
   v1\`, the origin, \`from\`, \`to\` and \`root\`, in hex and over the first \`to\` leaves: texts from \`from\` to before \`to\` may be
   null, no others. Entries \`log.started\`, \`log.key-changed\` and \`audit.truncated\` keep theirs.
8. **The log before** lies in \`before/\`, if there was one. The first entry of this one names it: \`data.before\` has its origin,
   its key, and size and root of its last checkpoint.

An export that ends early looks whole. Who keeps a head elsewhere (\`riposte audit checkpoint\`) sees that later ones continue it.
`;
}
