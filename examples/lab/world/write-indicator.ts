import type { Indicator } from './records.ts';
import { timestamp } from './timestamp.ts';
import type { World } from './world.ts';

const blocking = new Set(['Block', 'BlockAndRemediate', 'AlertAndBlock']);

/** Those that have not expired. */
export function liveIndicators(world: World): Indicator[] {
  const nowMs = world.clock.nowMs();
  return [...world.indicators.values()].filter(
    ({ expirationTime }) => expirationTime === null || Date.parse(expirationTime) > nowMs,
  );
}

/** One for some device groups leaves the others as they are: it blocks nothing everywhere. */
function blocksEverywhere({ action, rbacGroupNames = [] }: Indicator): boolean {
  return blocking.has(action) && rbacGroupNames.length === 0;
}

/** Creates, or updates in place what has the same value and type: the old values are lost (facts 4.8). */
export function writeIndicator(
  world: World,
  fields: Omit<Indicator, 'id' | 'creationTimeDateTimeUtc' | 'createdBy'>,
  by: string,
): Indicator {
  const nowMs = world.clock.nowMs();
  const same = liveIndicators(world).find(
    (each) => each.indicatorType === fields.indicatorType && each.indicatorValue === fields.indicatorValue,
  );
  const indicator: Indicator = {
    ...fields,
    id: same?.id ?? String(world.nextSeq()),
    creationTimeDateTimeUtc: same?.creationTimeDateTimeUtc ?? timestamp(nowMs),
    createdBy: same?.createdBy ?? by,
  };
  world.indicators.set(indicator.id, indicator);
  const [was, is] = [same !== undefined && blocksEverywhere(same), blocksEverywhere(indicator)];
  if (was || is) note(world, indicator, was === is ? 'repeat' : is ? 'applied' : 'released', by);
  else world.changed();
  return indicator;
}

export function deleteIndicator(world: World, indicator: Indicator, by: string): void {
  world.indicators.delete(indicator.id);
  if (blocksEverywhere(indicator)) note(world, indicator, 'released', by);
  else world.changed();
}

function note(
  world: World,
  indicator: Indicator,
  change: 'applied' | 'released' | 'repeat',
  by: string,
): void {
  const file = indicator.indicatorType.startsWith('File');
  const kind = file ? 'file' : indicator.indicatorType === 'DomainName' ? 'domain' : 'other';
  world.record(
    {
      effect: `${kind}-blocked`,
      target: `${kind}:${indicator.indicatorValue}`,
      change,
      by,
      comment: indicator.description,
      reference: indicator.id,
    },
    world.clock.nowMs(),
  );
}
