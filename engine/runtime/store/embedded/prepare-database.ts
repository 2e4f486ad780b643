import type { Client } from 'pg';

/**
 * Makes the login `riposte` and its database, once. The login may create roles, as the migrations
 * need, and is otherwise an ordinary user, like the one of an own server: rights are tested for real.
 * @param superuser connected to database `postgres` and holding the claim, so nobody does the same now
 * @param password hexadecimal digits
 */
export async function prepareDatabase(superuser: Client, password: string): Promise<void> {
  if (!(await exists(superuser, 'select 1 from pg_roles where rolname = $1'))) {
    await superuser.query(`create role riposte login createrole password '${password}'`);
  }
  if (!(await exists(superuser, 'select 1 from pg_database where datname = $1'))) {
    await superuser.query('create database riposte owner riposte');
  }
}

async function exists(superuser: Client, text: string): Promise<boolean> {
  return ((await superuser.query(text, ['riposte'])).rowCount ?? 0) > 0;
}
