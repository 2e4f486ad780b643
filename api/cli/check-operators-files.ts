import type { Diagnostic } from '../../engine/core/diagnostics/diagnostic.ts';
import type { FoundFile } from './find-playbooks.ts';
import type { FixedFile } from './fix-playbooks.ts';

/** Files of the operator among playbooks: told by their first key, whatever their name. */
const kinds = /^(?:\uFEFF)?(?:\s*#[^\n]*\n|\s*\n|---[^\n]*\n)*kind:\s*["']?(guardrails|routing)\/v1/;

export function isOperatorsFile({ text }: FoundFile): boolean {
  return kinds.test(text);
}

type Diagnose = (file: string, text: string) => Diagnostic[];

/** What publishing would find in them, but for what only the server knows: which playbooks there are. */
async function openDiagnose(): Promise<Diagnose> {
  const [{ compileGuardrails }, { compileRouting }] = await Promise.all([
    import('../../engine/core/guard/compile-guardrails.ts'),
    import('../../engine/core/match/compile-routing.ts'),
  ]);
  return (file, text) => {
    if (kinds.exec(text)?.[1] === 'routing')
      return compileRouting(text, { file, playbooks: namedIn(text) }).diagnostics;
    return compileGuardrails(text, { file }).diagnostics;
  };
}

export async function checkOperatorsFiles(files: readonly FoundFile[]): Promise<Diagnostic[]> {
  if (files.length === 0) return [];
  const diagnose = await openDiagnose();
  return files.flatMap(({ file, text }) => diagnose(file, text));
}

export async function fixOperatorsFiles(files: readonly FoundFile[]): Promise<FixedFile[]> {
  if (files.length === 0) return [];
  const [diagnose, { fixText }] = await Promise.all([
    openDiagnose(),
    import('../../engine/core/compile/fix-text.ts'),
  ]);
  return files.map((each) => ({ ...each, fixed: fixText(each.text, (text) => diagnose(each.file, text)) }));
}

/** Whether a playbook exists is the server's to say. */
export function namedIn(text: string): string[] {
  return [...text.matchAll(/\bid:\s*["']?([a-z][a-z0-9-]*)/g)].map(([, id]) => id ?? '');
}
