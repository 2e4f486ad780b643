import { isInvisible } from './invisible-character.ts';

/** Text for XML content and attributes; what nobody can see becomes U+FFFD, so that it cannot hide. */
export function escapeXml(text: string): string {
  const shown = Array.from(text, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    return sign !== '\n' && sign !== '\t' && isInvisible(code) ? '\ufffd' : sign;
  }).join('');
  return shown
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}
