/* Bytes as the formats of the log write them: hex, and base64 in its one spelling. */

/** @param {Uint8Array} bytes @returns {string} */
export function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {string} hex @returns {Uint8Array<ArrayBuffer>} */
export function bytesOfHex(hex) {
  return Uint8Array.from(hex.match(/[0-9a-f]{2}/gi) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Null for everything that is not the one spelling of its bytes. @param {string} text @returns {Uint8Array<ArrayBuffer> | null} */
export function exactBase64(text) {
  try {
    const bytes = atob(text);
    return btoa(bytes) === text ? Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}
