import { mayI } from '../../engine/core/identity/rights.ts';
import type { IncidentId, RunId } from '../../schemas/ids.ts';
import type { Subject } from '../evidence/bundle-files.ts';
import { findArtifacts } from '../evidence/find-artifacts.ts';
import { findEvidence } from '../evidence/find-evidence.ts';
import { streamEvidence } from '../evidence/stream-evidence.ts';
import type { Deps } from '../http/deps.ts';
import { found, Problem } from '../http/problem.ts';
import type { Answer, Route, RouteRequest } from '../http/route.ts';

const answers: Route['answers'] = {
  200: {
    description:
      'A tar archive: proofs (C2SP tlog-proof), checkpoint, key and manifest of each log, artifacts with their digests, a table for reading, and a program that checks them with Node alone.',
    type: 'application/x-tar',
  },
};

export const evidenceRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/incidents/{id}/evidence',
    operationId: 'takeIncidentEvidence',
    summary:
      'Entries about an incident, its alerts and its runs, with proofs that they are in the signed log.',
    permission: 'audit.read',
    answers,
    async handle(request, deps) {
      const { id } = found(await deps.read.readIncident(request.caller.tenant, request.params.id ?? ''));
      return await evidence(request, deps, { kind: 'incident', id }, { incidentId: id as IncidentId });
    },
  },
  {
    method: 'get',
    path: '/v1/runs/{id}/evidence',
    operationId: 'takeRunEvidence',
    summary: 'Entries of one run, with proofs that they are in the signed log.',
    permission: 'audit.read',
    answers,
    async handle(request, deps) {
      const { id } = found(await deps.read.readRun(request.caller.tenant, request.params.id ?? ''));
      return await evidence(request, deps, { kind: 'run', id }, { runId: id as RunId });
    },
  },
];

/** What can be refused is known before anything is sent; that it was taken is written before that. */
async function evidence(
  { caller }: RouteRequest,
  { read, noteReading }: Deps,
  subject: Subject,
  about: { incidentId: IncidentId } | { runId: RunId },
): Promise<Answer> {
  const evidenceFound = await findEvidence(read, caller.tenant, subject);
  if (!evidenceFound.ok) throw new Problem('request/conflict', evidenceFound.why);
  const mayRead = mayI(caller, 'values.read').allowed;
  const artifacts = await findArtifacts(read, caller.tenant, subject, mayRead);
  const { tenant, kind, id, channel, requestId } = caller;
  await noteReading({ actor: { kind, id, channel }, requestId }, 'evidence', about);
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/x-tar',
      'Content-Disposition': `attachment; filename="evidence-${subject.id}.tar"`,
    },
    pieces: streamEvidence(read, tenant, subject, { logs: evidenceFound.logs, artifacts }, Date.now()),
  };
}
