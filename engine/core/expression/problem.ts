/** What is wrong with one expression. Offsets count UTF-16 code units from the start of the expression. */
export interface ExpressionProblem {
  code:
    | 'compile/bad-expression'
    | 'compile/expression-type'
    | 'compile/backtracking-regex'
    | 'compile/expression-too-large'
    | 'compile/unknown-name';
  start: number;
  end: number;
  message: string;
  hint?: string;
  /** What to write in place of a part of the expression, where that is certain. */
  instead?: { start: number; end: number; text: string };
}
