/** The line that tells editors which schema a file follows; it outranks every setting of an editor. */
const pattern = /^#[ \t]*yaml-language-server:[ \t]*\$schema=\S+[ \t]*\r?$/;

/** Takes the modeline out of the comments at the top of a file; the rest is as it was. */
export function takeModeline(text: string): { modeline: string | null; rest: string } {
  const lines = text.split('\n');
  for (const [at, line] of lines.entries()) {
    if (line.trim() !== '' && !line.startsWith('#')) break;
    if (!pattern.test(line)) continue;
    lines.splice(at, 1);
    return { modeline: line.trimEnd(), rest: lines.join('\n') };
  }
  return { modeline: null, rest: text };
}

export function isModeline(line: string): boolean {
  return pattern.test(line);
}

export function modelineFor(address: string): string {
  return `# yaml-language-server: $schema=${address}`;
}
