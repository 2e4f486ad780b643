/**
 * A file that an operator has named. `write` says what belongs there.
 * @param form what such a file looks like
 */
export function readJsonFile(
  path: string,
  readText: (path: string) => string,
  form: string,
): { value: unknown } | { write: string } {
  try {
    return { value: JSON.parse(readText(path)) };
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    return { write: `the path of a JSON file (${path} ${why}): ${form}` };
  }
}
