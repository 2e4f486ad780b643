import { invariant } from '../../engine/core/contracts/invariant.ts';
import { permissions } from '../../engine/core/identity/rights.ts';
import type { Route } from './route.ts';

/**
 * Looked at once, before anything listens: every route says who may call it, no two claim the same
 * address, and what only reads takes no body. Types say most of it; this also holds for a route
 * that came in through a cast.
 */
export function assertRoutes(routes: readonly Route[]): void {
  const seen = new Set<string>();
  for (const route of routes) {
    const name = `${route.method.toUpperCase()} ${route.path}`;
    invariant(
      route.permission === 'public' || permissions.includes(route.permission),
      `${name} does not say who may call it`,
    );
    // Whoever is proved by a signature over the body needs one, and has no rights to be asked about.
    invariant(
      route.signable !== true || (route.permission !== 'public' && route.body?.required === true),
      `${name} is signed without a body, or open to everybody`,
    );
    // A parameter's name makes no difference to what an address matches.
    const address = `${route.method} ${route.path.replace(/\{[^{}]+\}/g, '{}')}`;
    invariant(!seen.has(address), `${name} is declared twice`);
    seen.add(address);
    invariant(route.method !== 'get' || route.body === undefined, `${name} reads and takes a body`);
    invariant(Object.keys(route.answers).length > 0, `${name} does not say what it answers`);
  }
}
