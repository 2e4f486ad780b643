import type { PersonId } from '../../../schemas/ids.ts';
import type { Tx } from '../store/sql.ts';
import type { IdentityContext } from './identity-context.ts';

/**
 * Ends what a person proves themselves with, for good: sessions, links, their own tokens and passkeys. Of the last two
 * the ids are returned. The caller holds the person's row, so that nothing of it is made meanwhile.
 *
 * @param since only what was made from then on
 */
export async function endProofs(
  tx: Tx,
  { tenant }: IdentityContext,
  personId: PersonId,
  since: Date | null = null,
): Promise<string[]> {
  const end = async (table: string, column: string, returning: string): Promise<string[]> => {
    const { rows } = await tx.query<{ id: string }>(
      `update ${table} set ${column} = clock_timestamp() where tenant_id = $1 and person_id = $2
         and ${column} is null and ($3::timestamptz is null or created_at >= $3) returning ${returning} as id`,
      [tenant, personId, since],
    );
    return rows.map(({ id }) => id);
  };
  await end('sessions', 'ended_at', 'person_id');
  await end('sign_in_links', 'used_at', 'person_id');
  return [...(await end('tokens', 'revoked_at', 'id')), ...(await end('passkeys', 'removed_at', 'id'))];
}
