import { describe, expect, it } from 'vitest';
import type { IndexedNeed, TriggerType } from '../../engine/core/contracts/plan.ts';
import { alertView } from '../../engine/core/intake/alert-view.ts';
import { buildIncidentSignal } from '../../engine/core/intake/build-incident-signal.ts';
import { buildRunSignal } from '../../engine/core/intake/build-run-signal.ts';
import { filedUnder, lookUps, unmetNeed } from '../../engine/core/match/index-needs.ts';

const trigger = (type: TriggerType, ...needs: IndexedNeed[]) => ({ type, needs });
const category = { path: 'alert.category', values: ['phishing', 'ransomware'] };
const severity = { path: 'alert.severity', values: ['high'] };

describe('a trigger is filed', () => {
  it('under the need that narrows most', () => {
    expect(filedUnder(trigger('alert.created', severity, category))).toEqual(category);
    expect(filedUnder(trigger('alert.created', severity))).toEqual(severity);
  });

  it('under nothing when it needs nothing that every event has as a text: then it is always tried', () => {
    expect(filedUnder(trigger('alert.created'))).toBeNull();
    expect(
      filedUnder(trigger('alert.created', { path: 'alert.raw.serviceSource', values: ['x'] })),
    ).toBeNull();
    expect(filedUnder(trigger('webhook', category))).toBeNull();
    expect(filedUnder(trigger('schedule', category))).toBeNull();
  });
});

describe('an event is looked up', () => {
  it('by what an alert is', () => {
    const alert = alertView({ category: 'phishing', source: 'defender' });
    expect(lookUps({ type: 'alert.created', alert })).toEqual([
      { path: 'alert.category', value: 'phishing' },
      { path: 'alert.source', value: 'defender' },
      { path: 'alert.verdict', value: 'unknown' },
      { path: 'alert.severity', value: 'medium' },
    ]);
  });

  it('every path under which triggers are filed is there in every event of the type', () => {
    const incident = buildIncidentSignal(
      'sig_1',
      'incident.updated',
      {
        source: 's',
        sourceId: '1',
        title: 't',
        severity: 'low',
        status: 'new',
        classification: 'unknown',
        owner: '',
        createdAtMs: 0,
      },
      [],
    );
    const run = buildRunSignal('sig_2', {
      id: 'run_1',
      playbook: 'p',
      state: 'failed',
      reason: '',
      severity: null,
      endedAtMs: 0,
      chain: 0,
    });
    expect(lookUps(incident)).toHaveLength(4);
    expect(lookUps(run)).toEqual([
      { path: 'alert.raw.run.playbook', value: 'p' },
      { path: 'alert.raw.run.state', value: 'failed' },
    ]);
  });
});

it('the need that is not met is named', () => {
  const alert = alertView({ category: 'malware', severity: 'high' });
  expect(unmetNeed({ needs: [severity, category] }, { alert })).toEqual({ need: category, value: 'malware' });
  expect(unmetNeed({ needs: [severity] }, { alert })).toBeNull();
});
