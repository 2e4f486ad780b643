/** What a proxy in front cut off the path: addresses that we hand out need it again. `''` without one. */
export function prefixOf(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/$/, '');
}
