import { openCourier } from './open-courier.ts';

/* Program: takes lots of a system, says which, and never finishes one. Ends by being killed. */

const [kind, url = '', namespace = '', system = ''] = process.argv.slice(2);
if (kind !== 'Redis' && kind !== 'PostgreSQL') throw new Error('first argument: the backend');
const courier = await openCourier(kind, { url, namespace });
await courier.work([system], { concurrency: 1 }, (lot) => {
  console.log(`took ${lot.id}`);
  return new Promise(() => undefined);
});
setInterval(() => undefined, 60_000);
