import type { RemoteOrder } from '../client/order-device.ts';

export const order: RemoteOrder = {
  call: 'wipe',
  body: { keepEnrollmentData: false, keepUserData: false },
  forGood: true,
  state: 'wiped',
};
