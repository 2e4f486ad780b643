import type { UseCases } from '../../api/http/use-cases.ts';
import { mintId } from '../../schemas/ids.ts';

export interface FakeUseCases extends UseCases {
  /** What was asked, in order: the doors are tested by what they hand on. */
  calls: { name: string; input: unknown }[];
  /** Replaces one answer for the next calls. */
  answer<Name extends keyof UseCases>(name: Name, work: UseCases[Name]): void;
}

/** Stands in for the engine: the doors' own rules are what is under test here. */
export function createFakeUseCases(): FakeUseCases {
  const calls: FakeUseCases['calls'] = [];
  const note = (name: string, input: unknown): void => void calls.push({ name, input });
  const fake: FakeUseCases = {
    calls,
    answer(name, work) {
      fake[name] = work as never;
    },
    async changeLinkKey(_caller, input) {
      calls.push({ name: 'changeLinkKey', input });
      return { ok: true, key: 2, oldUntil: null };
    },
    async changeStream(_caller, input) {
      note('changeStream', input);
      return { ok: true, error: null };
    },
    async testConnection(_caller, input) {
      note('testConnection', input);
      return { ok: true, state: 'tested' };
    },
    async acceptAlert(_caller, input) {
      note('acceptAlert', input);
      return { ok: true, alertId: mintId('AlertId'), duplicate: false };
    },
    async changeIncident(_caller, input) {
      note('changeIncident', input);
      return { ok: true, version: input.version + 1 };
    },
    async receiveWebhook(_caller, input) {
      note('receiveWebhook', input);
      return { ok: true, signalId: mintId('SignalId'), duplicate: false };
    },
    async publishRouting(_caller, input) {
      note('publishRouting', input);
      return { ok: true, version: input.version + 1, unchanged: false, diagnostics: [] };
    },
    async publishGuardrails(_caller, input) {
      note('publishGuardrails', input);
      return { ok: true, state: 'proposed', version: input.version + 1, digest: 'sha256:1' };
    },
    async confirmGuardrails(_caller, input) {
      note('confirmGuardrails', input);
      return { ok: true, state: 'in-force', version: 2, digest: input.digest };
    },
    async publishPlaybook(_caller, input) {
      note('publishPlaybook', input);
      return { ok: true, version: 1, digest: 'sha256:1', unchanged: false, diagnostics: [], cases: null };
    },
    async playCases(_caller, input) {
      note('playCases', input);
      return { ok: true };
    },
    async checkPlaybook(source, file) {
      note('checkPlaybook', { source, file });
      return { ok: true, diagnostics: [], digest: 'sha256:1' };
    },
    async planPlaybook() {
      return { ok: false, code: 'request/not-found', detail: 'there is no such alert' };
    },
    async explainAlert() {
      return { ok: true, triggers: [], more: 0 };
    },
    async backtestPlaybook(_caller, input) {
      note('backtestPlaybook', input);
      return { ok: false, code: 'request/not-found', detail: 'there is no such playbook' };
    },
    async setPlaybookEnabled(_caller, input) {
      note('setPlaybookEnabled', input);
      return { ok: true };
    },
    async startRun(_caller, input) {
      note('startRun', input);
      return { ok: true, runId: mintId('RunId'), state: 'running' };
    },
    async cancelRun(_caller, input) {
      note('cancelRun', input);
      return { ok: true };
    },
    async undoRun(_caller, input) {
      note('undoRun', input);
      return { ok: true, records: 1 };
    },
    async undoIncident(_caller, input) {
      note('undoIncident', input);
      return { ok: true, runs: [], untouched: [], more: false };
    },
    async undoRecord(_caller, input) {
      note('undoRecord', input);
      return { ok: true, runId: mintId('RunId') };
    },
    async leaveAsIs(_caller, input) {
      note('leaveAsIs', input);
      return { ok: true, runState: null };
    },
    async renewLease(_caller, input) {
      note('renewLease', input);
      return { ok: true, until: '2026-12-01T00:00:00.000Z' };
    },
    async restartStep(_caller, input) {
      note('restartStep', input);
      return { ok: true, runId: mintId('RunId'), repeated: false };
    },
    async decideApproval(_caller, input) {
      note('decideApproval', input);
      const state = input.decision === 'approve' ? 'granted' : 'denied';
      return { ok: true, state, votes: 1, quorum: 1, repeated: false, stands: true };
    },
    async editApproval(_caller, input) {
      note('editApproval', input);
      const next = {
        id: 'apr_next',
        digest: `sha256:${'e'.repeat(64)}`,
        expiresAt: '2026-01-02T03:04:05.678Z',
      };
      return { ok: true, next };
    },
    async breakGlass(_caller, input) {
      note('breakGlass', input);
      return { ok: true, repeated: false };
    },
    async reviewBreakGlass(_caller, input) {
      note('reviewBreakGlass', input);
      return { ok: true, repeated: false };
    },
    async withdrawApproval(_caller, input) {
      note('withdrawApproval', input);
      return { ok: true, votes: 0, quorum: 2, round: 1, repeated: false };
    },
    async extendApproval(_caller, input) {
      note('extendApproval', input);
      return { ok: true, expiresAt: '2026-01-02T03:04:05.678Z' };
    },
    async answerTask(_caller, input) {
      note('answerTask', input);
      return { ok: true, state: input.answer === 'ask' ? 'asking' : input.answer };
    },
    async decideHeld(_caller, input) {
      note('decideHeld', input);
      return input.approvals.map(({ id }) => ({
        id,
        ok: true,
        state: 'granted',
        votes: 1,
        quorum: 1,
        repeated: false,
        stands: true,
      }));
    },
    async viewedApproval(_caller, input) {
      note('viewedApproval', input);
    },
    async dropGuardrails(_caller, input) {
      note('dropGuardrails', input);
      return { ok: true, state: 'withdrawn', version: 2, digest: input.digest };
    },
    async setPause(_caller, input) {
      note('setPause', input);
      return { ok: true, generation: 1 };
    },
    async liftPause(_caller, input) {
      note('liftPause', input);
      return { ok: true, state: 'needs-second-person' };
    },
    async setStop(_caller, input) {
      note('setStop', input);
      return { ok: true, generation: 1 };
    },
    async clearStop(_caller, input) {
      note('clearStop', input);
      return { ok: true, state: 'needs-second-person' };
    },
    async proposeAuditOrder(_caller, input) {
      note('proposeAuditOrder', input);
      return {
        ok: true,
        kind: input.wish.kind,
        state: 'proposed',
        digest: `sha256:${'d'.repeat(64)}`,
        toSign: false,
      };
    },
    async signAuditOrder(_caller, input) {
      note('signAuditOrder', input);
      return { ok: true, kind: 'incarnation', state: 'proposed', digest: input.digest, toSign: false };
    },
    async confirmAuditOrder(_caller, input) {
      note('confirmAuditOrder', input);
      return { ok: true, kind: 'incarnation', state: 'confirmed', digest: input.digest, toSign: false };
    },
    async verifyAudit(_caller, log) {
      note('verifyAudit', log);
      return {
        ok: true,
        log: 'log',
        size: 3,
        root: 'ab',
        keys: ['a+b+c'],
        checkpoint: null,
        pending: 0,
        orders: { done: 0, unsigned: 0 },
        problems: [],
      };
    },
  };
  return fake;
}
