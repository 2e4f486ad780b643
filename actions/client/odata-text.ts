/** A string literal of an OData filter: quoted, with quotes inside it doubled (OData 4.01, part 2, 5.1.1.6). */
export function odataText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
