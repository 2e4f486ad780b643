/* Where a question to people comes from: the step of a run, and the playbook version that it is of. */

export interface AskingStep {
  run: { id: string; state: string };
  incidentId: string | null;
  step: string;
  playbook: { id: string; title: string; version: string };
}

export interface AskingRow {
  run_id: string;
  run_state: string;
  incident_id: string | null;
  step_path: string;
  playbook_id: string;
  playbook_title: string;
  semver: string;
}

/** Of a table whose rows name `run_id` and `step_path`. */
export function askingColumns(row: string): string {
  return `${row}.run_id, r.state as run_state, r.incident_id, ${row}.step_path, r.playbook_id, v.title as playbook_title, v.semver`;
}

export function joinAskingStep(row: string): string {
  return `join runs r on r.tenant_id = ${row}.tenant_id and r.id = ${row}.run_id
  join playbook_versions v on v.tenant_id = r.tenant_id and v.playbook_id = r.playbook_id
    and v.version = r.playbook_version`;
}

export function askingStep(row: AskingRow): AskingStep {
  return {
    run: { id: row.run_id, state: row.run_state },
    incidentId: row.incident_id,
    step: row.step_path,
    playbook: { id: row.playbook_id, title: row.playbook_title, version: row.semver },
  };
}
