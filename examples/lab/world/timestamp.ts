/** Seven fraction digits, as Graph and Defender write them: `2026-11-20T10:00:00.1230000Z`. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}0000Z`;
}
