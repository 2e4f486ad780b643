import type { Json } from '../../../schemas/json.ts';
import type { Facts } from './facts.ts';
import { assumeText, judgeText, type Outcomes, type Sight } from './judge-condition.ts';
import { type Body, isInside, type Place, type Places, resolveId } from './places.ts';
import { type Interests, mentionsStep } from './sites.ts';

/* How facts are asked, learnt and forgotten along a path. */

export type Word = 'succeeded' | 'skipped' | 'failed' | 'denied' | 'cancelled';

/** A step of which only is known that it is over. */
export const anyEnd = 'succeeded|skipped|failed|denied|cancelled';

export class Knowledge {
  readonly places: Places;
  readonly interests: Interests;

  constructor(places: Places, interests: Interests) {
    this.places = places;
    this.interests = interests;
  }

  sight(facts: Facts, body: Body): Sight {
    const name = (kind: string, text: string) => `${kind} ${body.path} ${text}`;
    return {
      status: (id) => this.#status(facts, body, id),
      isAction: (id) => {
        const path = resolveId(body, id);
        return path !== undefined && this.places.of(path).step.kind === 'action';
      },
      value: (text) => {
        const found = facts.get(name('value', text));
        return found === undefined ? undefined : (JSON.parse(found) as Json);
      },
      isNot: (text, constant) => facts.get(name('not', `${text} ${constant}`)) !== undefined,
      held: (text) => {
        const found = facts.get(name('held', text));
        return found === undefined ? undefined : found === 'true';
      },
      fails: () => false,
    };
  }

  judge(expr: string, facts: Facts, body: Body): Outcomes {
    return judgeText(expr, this.sight(facts, body));
  }

  /** The facts after a condition came to an outcome. */
  assume(expr: string, holds: boolean, facts: Facts, body: Body): Facts {
    let learnt = facts;
    const keep = (kind: string, text: string, value: string, suffix = '') => {
      if (isSteady(text) && this.interests.atomUntil(body, text) >= 0)
        learnt = learnt.with(`${kind} ${body.path} ${text}${suffix}`, value);
    };
    assumeText(expr, holds, this.sight(facts, body), {
      status: (id, words) => {
        const path = resolveId(body, id);
        if (path !== undefined && facts.get(`status ${path}`) !== undefined && words.length > 0)
          learnt = learnt.with(`status ${path}`, words.join('|'));
      },
      value: (text, value) => keep('value', text, JSON.stringify(value)),
      not: (text, value) => keep('not', text, 'true', ` ${JSON.stringify(value)}`),
      held: (text, held) => keep('held', text, String(held)),
    });
    return learnt;
  }

  /** A step is over: its status is known, and what was read of it before may read differently now. */
  end(facts: Facts, place: Place, words: string): Facts {
    const { step } = place;
    const changed = forgetTexts(facts, (text) => mentionsStep(text, step.id));
    return this.interests.statusUntil(step.path) >= 0 ? changed.with(`status ${step.path}`, words) : changed;
  }

  /** A new item or round: nothing inside has happened yet. */
  begin(facts: Facts, loop: string): Facts {
    const inside = (path: string) =>
      this.places.all.some(({ step, body }) => step.path === path && isInside(body, loop));
    return facts.without((name) => {
      const [kind, at = '', ...rest] = name.split(' ');
      if (kind === 'status' || kind === 'gate' || kind === 'loop' || kind === 'branches') return inside(at);
      if (kind === 'value' || kind === 'not' || kind === 'held')
        return this.places.all.some(({ body }) => body.path === at && isInside(body, loop));
      return kind === 'acted' && rest[0] === loop;
    });
  }

  /** Drops what no step from this number on asks for. */
  tidy(facts: Facts, place: Place): Facts {
    return facts.without((name) => {
      const [kind, at = '', ...rest] = name.split(' ');
      if (kind === 'status') return this.interests.statusUntil(at) < place.from;
      if (kind === 'gate') return this.#gateUntil(at) < place.from;
      if (kind !== 'value' && kind !== 'not' && kind !== 'held') return false;
      const body = this.places.all.find((each) => each.body.path === at)?.body;
      const words = kind === 'not' ? rest.slice(0, -1) : rest;
      return body === undefined || this.interests.atomUntil(body, words.join(' ')) < place.from;
    });
  }

  /** A gate matters up to the last step it covers; that of a list, to the end of its items. */
  #gateUntil(path: string): number {
    const { step, last } = this.places.of(path);
    return step.kind === 'approval'
      ? Math.max(-1, ...step.covers.map((each) => this.places.of(each).index))
      : last;
  }

  #status(facts: Facts, body: Body, id: string): readonly string[] | null {
    const path = resolveId(body, id);
    if (path === undefined || this.interests.statusUntil(path) < 0) return null;
    return facts.get(`status ${path}`)?.split('|') ?? ['pending'];
  }
}

export function forgetTexts(facts: Facts, drop: (text: string) => boolean): Facts {
  return facts.without((name) => {
    const [kind, , ...rest] = name.split(' ');
    return (kind === 'value' || kind === 'not' || kind === 'held') && drop(rest.join(' '));
  });
}

/** Reads the same twice: not the clock, not what is only there for a moment. */
function isSteady(text: string): boolean {
  return !/\b(now|signal|failure|guard)\b/.test(text);
}
