import { describe, expect, it } from 'vitest';
import { byRoute, type PlaybookRoute, routeOf } from '../../engine/core/match/routing.ts';

const route = (playbook: string, order: number): PlaybookRoute => ({
  playbook,
  order,
  enabled: true,
  expires: null,
  match: null,
  mode: null,
});

describe('looking into a routing file', () => {
  it('reads it once, however often it is asked', () => {
    let reads = 0;
    const routes = Array.from({ length: 1_000 }, (_, n) => ({
      ...route('', 1_000 - n),
      get playbook() {
        reads += 1;
        return `p-${n}`;
      },
    }));
    const routing = { routes };
    const items = ['p-1', 'p-2', 'p-999', 'unlisted'].map((playbookId) => ({ playbookId }));
    for (let turn = 0; turn < 10; turn++)
      expect(byRoute(items, routing).map(({ playbookId }) => playbookId)).toEqual([
        'p-999',
        'p-2',
        'p-1',
        'unlisted',
      ]);
    expect(routeOf(routing, 'p-7')?.order).toBe(993);
    expect(reads).toBe(1_000);
  });

  it('a name of JavaScript is no playbook', () => {
    expect(routeOf({ routes: [route('a', 1)] }, 'constructor')).toBeNull();
  });
});
