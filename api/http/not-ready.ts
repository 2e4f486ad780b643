/** Why a part is not ready, in words that everybody may read: `/readyz` needs no token. */
export class NotReady extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotReady';
  }
}
