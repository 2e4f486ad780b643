/** Why a part is not ready, in words that everybody may read: `/readyz` needs no token. The cause is for the log. */
export class NotReady extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'NotReady';
  }
}
