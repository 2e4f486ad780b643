import type { RemoteOrder } from '../client/order-device.ts';

export const order: RemoteOrder = { call: 'remoteLock', body: undefined, forGood: false, state: 'locked' };
