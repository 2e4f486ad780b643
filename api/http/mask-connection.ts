import { advise } from '../../engine/core/connection/advise.ts';
import type { SecretWord, TestResult } from '../../engine/core/connection/judge-probe.ts';
import { mayI, type Principal } from '../../engine/core/identity/rights.ts';
import type { ConnectionItem } from '../../engine/runtime/read/list-connections.ts';

export type ShownConnection = Omit<ConnectionItem, 'addresses' | 'test'> & {
  /** Null for those who may not test. */
  addresses: ConnectionItem['addresses'] | null;
  /** Secrets are none for those who may not test. */
  test: (TestResult & { secrets: readonly SecretWord[] }) | null;
  /** What is wrong and what to do about it, the newest first. */
  trouble: { code: string; says: string; then: string }[];
};

/** Where a system is reached is for those who look after it; that it works is for everybody. */
export function maskConnection(item: ConnectionItem, caller: Principal): ShownConnection {
  const addresses = mayI(caller, 'connections.test').allowed ? item.addresses : null;
  const shown = addresses === null && item.test !== null ? withoutTexts(item.test) : item.test;
  const test = shown === null ? null : { ...shown, secrets: shown.secrets ?? [] };
  return { ...item, addresses, test, trouble: troubleOf(item) };
}

/** What was said on the way can name where it leads. */
function withoutTexts(test: TestResult): TestResult {
  return { ...test, looks: test.looks.map((look) => ({ ...look, text: null })), secrets: [] };
}

function troubleOf({ health, failureCode, test, ...item }: ConnectionItem): ShownConnection['trouble'] {
  if (health === 'unattended')
    return [
      {
        code: 'unattended',
        says: 'No worker has said for some minutes that it has this connection.',
        then: 'Start a worker whose RIPOSTE_CONNECTIONS names it; a connection that was removed leaves this list after a week.',
      },
    ];
  const since = Math.max(timeIn(item.answeredAt), timeIn(item.testedAt));
  const calls = failureCode !== null && timeIn(item.failedAt) > since ? [failureCode] : [];
  const looks = test?.looks.flatMap(({ code }) => code ?? []) ?? [];
  const rights = test?.actions.some(({ may }) => may === 'no') === true ? ['forbidden'] : [];
  return [...new Set([...calls, ...looks, ...rights])].map((code) => ({ code, ...advise(code) }));
}

function timeIn(time: string | null): number {
  return time === null ? 0 : Date.parse(time);
}
