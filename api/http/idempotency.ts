import { createHash } from 'node:crypto';
import type { Json } from '../../schemas/json.ts';
import type { Deps } from './deps.ts';
import { Problem } from './problem.ts';
import type { Answer, Route, RouteRequest } from './route.ts';

/**
 * `Idempotency-Key` on POST, kept 24 hours per caller: the same body gets the stored answer, another
 * body 422, one still being answered 409. Refusals are not kept: nothing was done, so the repeat is
 * judged afresh. After a failure nobody foresaw the repeat tries again, and a minute after its process has
 * died as well: most requests ask for a state, and those that would add up are done under `once`.
 */
export async function answerOnce(
  route: Route,
  request: RouteRequest,
  deps: Deps,
  /** @param once the same for every repeat, null without a key */
  handle: (once: string | null) => Promise<Answer>,
): Promise<Answer> {
  const key = request.header('idempotency-key');
  if (route.method !== 'post' || key === undefined) return handle(null);
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new Problem('request/invalid', 'Idempotency-Key is 1 to 255 visible ASCII characters.');
  }
  const { tenant, id } = request.caller;
  const body = createHash('sha256')
    .update(JSON.stringify(whatIsAsked(route, request)))
    .digest();
  const claimed = await claim(deps, [tenant, id, key], body);
  if ('earlier' in claimed) return replay(claimed.earlier, body);
  let answer: Answer;
  try {
    answer = await handle(JSON.stringify([id, key, claimed.firstAt]));
  } catch (error) {
    // What cannot be released now is free after a minute; the caller hears what was wrong first.
    await release(deps, [tenant, id, key], claimed, error instanceof Problem).catch(() => undefined);
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

/** The key is ours until we answer, release it or have taken too long. */
interface Claim {
  /** When it was first claimed: what was done under a key that is forgotten by now is another matter. */
  firstAt: string;
  claimedAt: string;
}

/** Who has not answered by then is taken for dead. One that is only slow does no harm: what adds up is done under `once`. */
const claimSeconds = 60;

async function claim(deps: Deps, key: KeyOf, body: Buffer): Promise<Claim | { earlier: Earlier }> {
  return await deps.database.transaction(async (tx) => {
    await tx.query(
      `delete from idempotency_keys where tenant_id = $1 and caller = $2
         and created_at < clock_timestamp() - interval '24 hours'`,
      key.slice(0, 2),
    );
    const claimed = await tx.query<Claim>(
      `insert into idempotency_keys as mine (tenant_id, caller, key, body_sha256, created_at, claimed_at)
         values ($1, $2, $3, $4, statement_timestamp(), statement_timestamp())
       on conflict (tenant_id, caller, key) do update set claimed_at = statement_timestamp()
         where mine.status is null and mine.body_sha256 = excluded.body_sha256
           and coalesce(mine.claimed_at < clock_timestamp() - $5 * interval '1 second', true)
       returning extract(epoch from created_at)::text as "firstAt", extract(epoch from claimed_at)::text as "claimedAt"`,
      [...key, body, claimSeconds],
    );
    if (claimed.rows[0] !== undefined) return claimed.rows[0];
    const { rows } = await tx.query<Earlier>(
      'select body_sha256, status, response from idempotency_keys where tenant_id = $1 and caller = $2 and key = $3',
      key,
    );
    // Gone in between: the first one was refused and released it.
    return { earlier: rows[0] ?? { body_sha256: body, status: null, response: null } };
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
    `update idempotency_keys set status = $4, response = $5, claimed_at = null
     where tenant_id = $1 and caller = $2 and key = $3 and status is null`,
    [...key, answer.status, JSON.stringify(response)],
  );
}

/**
 * A first refusal says that nothing was done, and frees the key for another body. After anything else something may
 * have been, and whoever repeats it has to be known again.
 */
async function release(
  deps: Deps,
  key: KeyOf,
  { firstAt, claimedAt }: Claim,
  refused: boolean,
): Promise<void> {
  const mine = `where tenant_id = $1 and caller = $2 and key = $3 and status is null
    and extract(epoch from claimed_at) = $4::numeric`;
  await deps.database.query(
    refused && firstAt === claimedAt
      ? `delete from idempotency_keys ${mine}`
      : `update idempotency_keys set claimed_at = null ${mine}`,
    [...key, claimedAt],
  );
}
