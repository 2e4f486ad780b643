import {
  type Courier,
  createPostgresCourier,
  createRedisCourier,
} from '../../../engine/runtime/queue/courier.ts';

export type BackendName = 'PostgreSQL' | 'Redis';

export interface OpenOptions {
  url: string;
  namespace: string;
  log?: (level: string, message: string, fields?: { [field: string]: unknown }) => void;
  nowMs?: () => number;
}

/** Short, so that the lot of a dead worker comes back while the test waits. */
const recovery = { lockMs: 2_000, stalledCheckMs: 500 };

export function openCourier(kind: BackendName, options: OpenOptions): Promise<Courier> {
  const { url, namespace, log = () => undefined, nowMs } = options;
  const common = { namespace, log, recovery };
  return kind === 'Redis'
    ? createRedisCourier({ ...common, target: { kind: 'single', url } })
    : createPostgresCourier({ ...common, url, ...(nowMs === undefined ? {} : { nowMs }) });
}
