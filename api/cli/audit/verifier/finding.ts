export type Finding =
  | { kind: 'integrity'; index: number | null; before?: number; message: string }
  | { kind: 'semantic'; index: number; message: string };

/** A number that is none (`NaN`) comes from a line that was written by hand: it stands in nobody's place. */
export function outOfPlace(expected: number, idx: number): Finding {
  if (!(idx > expected)) {
    const message = `entry ${idx} stands where ${expected} belongs: it is there twice or was moved`;
    return { kind: 'integrity', index: expected, message };
  }
  const which =
    idx === expected + 1 ? `entry ${expected} is missing` : `entries ${expected} to ${idx - 1} are missing`;
  const message = `${which}; ${idx} stands in its place`;
  return { kind: 'integrity', index: expected, before: idx, message };
}

export function integrity(index: number, message: string): Finding {
  return { kind: 'integrity', index, message: `entry ${index}: ${message}` };
}
