/** Words for one failed keyword: what the value must be, said so that it can follow the value's name. */
export function describeProblem(
  keyword: string,
  params: { readonly [name: string]: unknown },
  fallback: string,
): string {
  switch (keyword) {
    case 'type':
      return `must be ${typeWords(params.type)}`;
    case 'required':
      return `needs "${params.missingProperty}"`;
    case 'additionalProperties':
      return `does not know "${params.additionalProperty}"`;
    case 'propertyNames':
      return `does not take the key "${params.propertyName}"`;
    case 'enum':
      return `must be one of ${listWords(params.allowedValues)}`;
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}`;
    case 'format':
      return `must be a ${params.format}`;
    case 'minLength':
      return params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} characters`;
    case 'maxLength':
      return `must have at most ${params.limit} characters`;
    case 'minItems':
    case 'minProperties':
      return `must have at least ${params.limit} ${params.limit === 1 ? 'entry' : 'entries'}`;
    case 'maxItems':
    case 'maxProperties':
      return `must have at most ${params.limit} entries`;
    case 'minimum':
      return `must be at least ${params.limit}`;
    case 'maximum':
      return `must be at most ${params.limit}`;
    case 'uniqueItems':
      return `has the same entry twice, at positions ${params.j} and ${params.i}`;
    case 'pattern':
      return `must match ${params.pattern}`;
    case 'oneOf':
      return 'must have exactly one of the alternatives';
    case 'false schema':
      return 'is not allowed here';
    default:
      return fallback;
  }
}

const words: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  null: 'null',
};

function typeWords(type: unknown): string {
  const names = Array.isArray(type) ? type : [type];
  return names.map((name) => words[String(name)] ?? String(name)).join(' or ');
}

function listWords(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(', ') : String(values);
}
