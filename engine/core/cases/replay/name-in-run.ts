/** As a case names a step of a stored run: `sweep[m1]/quarantine`, `rules/remove` in a called playbook. */
export function stepName(path: string, prefix: string): string {
  return prefix + path.replace(/^run\//, '');
}
