/** An expression that cannot give a value. Never leaves this folder: `evaluate` turns it into `run/expression-failed`. */
export class ExpressionError extends Error {}

/** The step or work budget is used up; becomes `run/expression-budget`. */
export class BudgetExceeded extends Error {}
