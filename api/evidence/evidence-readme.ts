import { type BundledArtifact, type BundledLog, bundleFiles, type Subject } from './bundle-files.ts';
import { haveNoText } from './find-evidence.ts';

/** What somebody needs who was handed a bundle and has nothing else of ours. */
export function evidenceReadme(
  { kind, id }: Subject,
  logs: readonly BundledLog[],
  artifacts: readonly BundledArtifact[],
): string {
  const lines = logs.map(
    ({ origin, size, entries }) =>
      `- ${entries.length} of the ${size} entries that \`${origin}\` had signed when this was written`,
  );
  const gone = logs.flatMap(({ withoutText }) => withoutText).length;
  return `# Evidence of ${kind} ${id}

Entries of the audit log, each with the proof that it is one of those that were signed:

${lines.join('\n')}

Each log has its own proofs, checkpoint and key; those before the newest lie below each other in \`before/\`. The first entry
of a log names the key of the one before, so the newest key is enough.

    node ${bundleFiles.program} '<key>'

with Node 24 and nothing else. Take the key from the operator of the log, over another way than this folder; \`key\` is only
what the server said. The program reads \`proofs/\` (C2SP tlog-proof, which other tools read as well) and prints each entry;
\`verifier/\` does the checking and imports nothing but Node's own hashes and signatures. Whoever does not believe the server
takes both from a copy of Riposte that they do believe.

- What verifies was in the log, unchanged, at its place, when the checkpoint was signed.
- That no other entry is about this ${kind} cannot be seen from here: it takes the whole log
  (\`riposte audit export\`).${gone === 0 ? '' : `\n- ${haveNoText(gone)}, and ${gone === 1 ? 'is' : 'are'} left out: their hashes stay in the log, and an export says whether they went by retention.`}
- \`entries.csv\` is for reading. It proves nothing.${aboutArtifacts(artifacts)}
`;
}

function aboutArtifacts(artifacts: readonly BundledArtifact[]): string {
  if (artifacts.length === 0) return '';
  const here = artifacts.filter(({ file }) => file !== null).length;
  return `
- \`${bundleFiles.artifacts}/\` has ${here} of ${artifacts.length} answers of targets that their steps do not hold, being too large; \`${bundleFiles.manifest}\` names
  each with its digest, and why one is not here or not all of it. The program compares digests and says which entry names an
  answer: that entry is what vouches for it. Of one that no entry names, and of one with hidden parts, only the server says
  that it is what came.`;
}
