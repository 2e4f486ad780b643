import type { Code } from '../../schemas/codes.ts';

/*
 * Every code of the catalogue has one status. Codes that belong to a door are listed one by one;
 * those of the stations behind it share what they mean to a caller. The types make both total: a
 * new code or station does not compile until it is decided here.
 */
export function statusOf(code: Code): number {
  if (isDoorCode(code)) return doorStatus[code];
  return stationStatus[stationOf(code)];
}

type StationOf<C extends Code> = C extends `${infer Station}/${string}` ? Station : never;
type DoorStation = 'auth' | 'request' | 'approval' | 'task' | 'stop' | 'pause' | 'audit';
type DoorCode = Extract<Code, `${DoorStation}/${string}`>;
type OtherStation = Exclude<StationOf<Code>, DoorStation>;

const doorStatus: Record<DoorCode, number> = {
  'auth/required': 401,
  'auth/forbidden': 403,
  'auth/not-your-link': 403,
  'auth/used-link': 410,
  'auth/bad-link': 403,
  'auth/bad-token': 401,
  'auth/stale-message': 401,
  'auth/bad-signature': 401,
  'auth/unsigned': 403,
  'auth/bad-origin': 403,
  'auth/foreign-sign-in': 403,
  'auth/provider-down': 503,
  'auth/issuer-down': 503,
  'auth/secret-unreadable': 503,
  'auth/provider-refused': 403,
  'auth/bad-provider-answer': 403,
  'auth/unknown-person': 403,
  'auth/deactivated': 403,
  'auth/no-role': 403,
  'auth/another-person': 403,
  'auth/not-proved-anew': 403,
  'auth/fresh-sign-in': 403,
  'auth/bad-passkey': 403,
  'auth/cloned-passkey': 403,
  'auth/last-administrator': 409,
  'request/invalid': 400,
  'request/not-found': 404,
  'request/gone': 410,
  'request/method-not-allowed': 405,
  'request/unsupported-media-type': 415,
  'request/not-acceptable': 406,
  'request/too-large': 413,
  'request/conflict': 409,
  'request/stale': 412,
  'request/precondition-required': 428,
  'request/idempotency-mismatch': 422,
  'request/message-changed': 409,
  'request/in-progress': 409,
  'request/rate-limited': 429,
  'request/bad-cursor': 400,
  'request/unavailable': 503,
  'request/internal': 500,
  'approval/denied': 409,
  'approval/expired': 409,
  'approval/needs-person': 403,
  'approval/not-named': 403,
  'approval/separation': 403,
  'approval/already-decided': 409,
  'approval/digest-mismatch': 412,
  'approval/precondition-required': 428,
  'approval/comment-required': 422,
  'approval/not-editable': 422,
  'approval/edit-rejected': 422,
  'approval/moving-target': 409,
  'approval/superseded': 409,
  'approval/grant-void': 409,
  'approval/grant-expired': 409,
  'approval/cancelled': 409,
  'approval/no-approver': 409,
  'approval/break-glass-reason': 422,
  'approval/break-glass-too-new': 403,
  'approval/break-glass-limit': 403,
  'approval/break-glass-locked': 403,
  'approval/break-glass-quorum': 403,
  'approval/mutual-review': 403,
  'approval/no-vote': 409,
  'approval/too-late-to-withdraw': 409,
  'approval/already-extended': 409,
  'approval/not-told': 409,
  'approval/not-shown': 409,
  'task/needs-person': 403,
  'task/closed': 409,
  'task/digest-mismatch': 412,
  'task/precondition-required': 428,
  'task/proof-required': 422,
  'task/cannot-ask': 409,
  'task/being-asked': 409,
  'stop/active': 409,
  'stop/not-active': 409,
  'pause/active': 409,
  'pause/not-active': 409,
  'audit/unavailable': 503,
  'audit/fork': 503,
  'audit/not-compared': 503,
  'audit/integrity': 500,
  'audit/semantic': 500,
  'audit/bad-signature': 500,
  'audit/key-missing': 503,
  'audit/order-unsigned': 403,
  'audit/pruned': 410,
};

const stationStatus: Record<OtherStation, number> = {
  // The request was understood; what it carries does not hold together.
  compile: 422,
  match: 422,
  case: 422,
  prove: 422,
  // The present state does not allow it.
  run: 409,
  action: 409,
  undo: 409,
  guard: 403,
  start: 503,
};

function isDoorCode(code: Code): code is DoorCode {
  return Object.hasOwn(doorStatus, code);
}

function stationOf(code: Exclude<Code, DoorCode>): OtherStation {
  return code.slice(0, code.indexOf('/')) as OtherStation;
}
