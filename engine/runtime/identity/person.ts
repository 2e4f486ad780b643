import type { PersonId } from '../../../schemas/ids.ts';

export interface Person {
  id: PersonId;
  name: string;
  email: string | null;
  roles: string[];
  groups: string[];
  active: boolean;
  createdAt: string;
}

export interface PersonRow {
  id: string;
  name: string;
  email: string | null;
  roles: string[];
  groups: string[];
  active: boolean;
  created_at: Date;
}

export const personColumns = 'id, name, email, roles, groups, active, created_at';

export function toPerson(row: PersonRow): Person {
  return {
    id: row.id as PersonId,
    name: row.name,
    email: row.email,
    roles: row.roles,
    groups: row.groups,
    active: row.active,
    createdAt: row.created_at.toISOString(),
  };
}
