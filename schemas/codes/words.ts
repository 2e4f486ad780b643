export type Severity = 'error' | 'warning' | 'info';

/** How bad it is: for diagnostics only, when the rule does not say otherwise. */
export type CodeWords = readonly [summary: string, help: string, severity?: Severity];
