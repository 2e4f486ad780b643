import type { TestResult } from '../../engine/core/connection/judge-probe.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { defaultTenant } from '../../schemas/ids.ts';

/** One that works, one that lacks a right, one whose sign-in is refused, and one that nobody tested. */
export async function seedConnections(sql: Sql): Promise<void> {
  const add = (system: string, test: TestResult | null, failure: string | null) =>
    sql.query(
      `insert into connections (tenant_id, system, id, addresses, answered_at, failed_at, failure_code,
         failed_in_a_row, test_due_at, tested_at, result)
       values ($1, $2, 'emea', $3, now() - interval '3 hours', case when $4::text is not null then now() - interval '5 minutes' end,
         $4, case when $4::text is null then 0 else 2 end, now() + interval '1 hour',
         case when $5::text is not null then now() - interval '20 minutes' end, $5::json)
       on conflict do nothing`,
      [
        defaultTenant,
        system,
        JSON.stringify({ loginUrl: 'https://login.example.org', apiUrl: 'https://api.example.org:8443' }),
        failure,
        test === null ? null : JSON.stringify(test),
      ],
    );
  const well = [
    { what: 'sign in for WindowsDefenderATP', code: null, text: null },
    { what: 'read one device', code: null, text: null },
  ];
  const isolate = { action: 'edr.isolate-host', title: 'Isolate a host' };
  const release = { action: 'edr.release-host', title: 'Release a host' };
  await add(
    'edr',
    {
      state: 'limited',
      looks: well,
      actions: [
        { ...isolate, may: 'yes', lacks: [] },
        { ...release, may: 'no', lacks: ['WindowsDefenderATP: Machine.Isolate'] },
      ],
      secrets: [
        { name: 'client_secret', from: 'vault', readable: 'yes' },
        { name: 'certificate', from: 'file', readable: 'later' },
      ],
    },
    null,
  );
  await add(
    'directory',
    {
      state: 'failing',
      looks: [
        {
          what: 'sign in for Microsoft Graph',
          code: 'unauthorized',
          text: 'The sign-in service answered 401 <b>invalid_client</b>.',
        },
      ],
      actions: [{ action: 'directory.disable-user', title: 'Disable a user', may: 'unknown', lacks: [] }],
    },
    'unauthorized',
  );
  await add('inventory', { state: 'works', looks: well, actions: [] }, null);
  await add('chat', null, null);
}
