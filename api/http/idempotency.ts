import { createHash } from 'node:crypto';
import type { Json } from '../../schemas/json.ts';
import type { Deps } from './deps.ts';
import { Problem } from './problem.ts';
import type { Answer, Route, RouteRequest } from './route.ts';

/**
 * `Idempotency-Key` on POST, kept 24 hours per caller: the same body gets the stored answer, another
 * body 422, one still being answered 409. Refusals are not kept: nothing was done, so the repeat is
 * judged afresh. A process that dies in between leaves the key taken (409), and so does a failure
 * nobody foresaw where twice is more than once: whether the effect happened has to be looked up.
 */
export async function answerOnce(
  route: Route,
  request: RouteRequest,
  deps: Deps,
  handle: () => Promise<Answer>,
): Promise<Answer> {
  const key = request.header('idempotency-key');
  if (route.method !== 'post' || key === undefined) return handle();
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new Problem('request/invalid', 'Idempotency-Key is 1 to 255 visible ASCII characters.');
  }
  const { tenant, id } = request.caller;
  const body = createHash('sha256')
    .update(JSON.stringify(whatIsAsked(route, request)))
    .digest();
  const earlier = await claim(deps, [tenant, id, key], body);
  if (earlier !== null) return replay(earlier, body);
  let answer: Answer;
  try {
    answer = await handle();
  } catch (error) {
    // Only a refusal says that nothing was done; after anything else it may have been.
    if (error instanceof Problem || route.addsUp !== true) await release(deps, [tenant, id, key]);
    throw error;
  }
  // Outside the catch: it was done, so a failure to remember the answer must not let it be done again.
  await store(deps, [tenant, id, key], answer, route.secretAnswer === true);
  return answer;
}

/** With `If-Match`: a repeat that saw something else is another request, whatever its body says. */
function whatIsAsked(route: Route, request: RouteRequest): unknown[] {
  const { params, query, body = null } = request;
  return [route.operationId, params, query, body, request.header('if-match') ?? null];
}

type KeyOf = [tenant: string, caller: string, key: string];

interface Earlier {
  body_sha256: Buffer;
  status: number | null;
  response: { body?: Json; headers: { [name: string]: string } } | null;
}

/** Null when the key is ours now. */
function claim(deps: Deps, key: KeyOf, body: Buffer): Promise<Earlier | null> {
  return deps.database.transaction(async (tx) => {
    await tx.query(
      `delete from idempotency_keys where tenant_id = $1 and caller = $2
         and created_at < clock_timestamp() - interval '24 hours'`,
      key.slice(0, 2),
    );
    const inserted = await tx.query(
      `insert into idempotency_keys (tenant_id, caller, key, body_sha256) values ($1, $2, $3, $4)
       on conflict do nothing returning key`,
      [...key, body],
    );
    if (inserted.rows.length === 1) return null;
    const { rows } = await tx.query<Earlier>(
      'select body_sha256, status, response from idempotency_keys where tenant_id = $1 and caller = $2 and key = $3',
      key,
    );
    // Gone in between: the first one failed and released it.
    return rows[0] ?? { body_sha256: body, status: null, response: null };
  });
}

function replay(earlier: Earlier, body: Buffer): Answer {
  if (!earlier.body_sha256.equals(body)) throw new Problem('request/idempotency-mismatch');
  if (earlier.status === null || earlier.response === null) throw new Problem('request/in-progress');
  if (earlier.response.body === undefined && earlier.status === 201) {
    throw new Problem(
      'request/conflict',
      'It was created, and its secret was shown in the first answer only.',
    );
  }
  return {
    status: earlier.status,
    headers: { ...earlier.response.headers, 'Idempotency-Replayed': 'true' },
    ...(earlier.response.body !== undefined && { body: earlier.response.body }),
  };
}

async function store(deps: Deps, key: KeyOf, answer: Answer, secret: boolean): Promise<void> {
  const response = {
    headers: answer.headers ?? {},
    ...(!secret && { body: answer.body }),
  };
  await deps.database.query(
    'update idempotency_keys set status = $4, response = $5 where tenant_id = $1 and caller = $2 and key = $3',
    [...key, answer.status, JSON.stringify(response)],
  );
}

async function release(deps: Deps, key: KeyOf): Promise<void> {
  await deps.database.query(
    'delete from idempotency_keys where tenant_id = $1 and caller = $2 and key = $3 and status is null',
    key,
  );
}
