import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { parseFault } from '../http/fault-rules.ts';
import { BodyRefusal, parseObject } from '../http/read-strict-body.ts';
import type { LabContext } from '../lab-context.ts';
import { parseScenario } from '../parse-scenario.ts';
import { settle } from '../world/settle.ts';
import { showState } from './show-state.ts';

/** `/lab/…`: for people and tests on this machine. No token; nobody else is answered. */
export function answerAdmin(lab: LabContext, request: LabRequest): Answer {
  try {
    refuseStrangers(request);
    return { status: 200, body: route(lab, request) };
  } catch (error) {
    const status = error instanceof Refusal ? error.status : error instanceof BadRequest ? 400 : 500;
    return { status, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

class BadRequest extends Error {}

const calls = [
  'GET /lab/state',
  'GET /lab/effects',
  'GET /lab/calls',
  'GET /lab/faults',
  'POST /lab/faults',
  'DELETE /lab/faults',
  'POST /lab/scenario',
  'POST /lab/clock',
  'POST /lab/reset',
];

function route(lab: LabContext, request: LabRequest): unknown {
  const { world } = lab;
  const call = `${request.method} /lab/${request.segments.join('/')}`.replace(/\/$/, '');
  switch (call) {
    case 'GET /lab':
      return { calls, documentation: 'examples/lab/README.md' };
    case 'GET /lab/state':
      return showState(lab);
    case 'GET /lab/effects':
      return showEffects(lab);
    case 'GET /lab/calls':
      return { total: lab.calls.total(), calls: lab.calls.list() };
    case 'GET /lab/faults':
      return { faults: lab.faults.list() };
    case 'POST /lab/faults':
      return { id: lab.faults.add(parsed(() => parseFault(readBody(request)))) };
    case 'DELETE /lab/faults':
      lab.faults.clear();
      return { faults: [] };
    case 'POST /lab/scenario':
      parsed(() => lab.changeScenario(parseScenario(readBody(request))));
      return { changed: true };
    case 'POST /lab/clock': {
      const { advanceMs } = readBody(request);
      if (typeof advanceMs !== 'number' || !Number.isSafeInteger(advanceMs) || advanceMs < 0)
        throw new BadRequest("'advanceMs' must be a whole number of milliseconds.");
      world.clock.advance(advanceMs);
      world.changed();
      settle(world);
      return { now: new Date(world.clock.nowMs()).toISOString() };
    }
    case 'POST /lab/reset':
      lab.reset(request.body === '' ? undefined : parsed(() => parseScenario(readBody(request))));
      return { reset: true };
    default:
      throw new Refusal(404, 'NotFound', `The lab has no ${call}; it has ${calls.join(', ')}.`);
  }
}

export function showEffects(lab: LabContext) {
  const { ledger } = lab.world;
  return { totals: ledger.totals(), effects: ledger.counters(), journal: ledger.journal() };
}

export type EffectReport = ReturnType<typeof showEffects>;

/** A web page that the person at this machine has open must not reach in either: hence host and type. */
function refuseStrangers(request: LabRequest): void {
  const hostname = URL.canParse(request.origin) ? new URL(request.origin).hostname : '';
  const local = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(request.remoteAddress);
  if (!local || !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) {
    throw new Refusal(403, 'Forbidden', 'The lab is administered from this machine only.');
  }
  const type = request.headers['content-type'];
  if (request.body !== '' && (typeof type !== 'string' || !/^application\/json *(;|$)/i.test(type))) {
    throw new Refusal(400, 'BadRequest', 'The content type must be application/json.');
  }
}

function readBody(request: LabRequest): { [property: string]: unknown } {
  try {
    return parseObject(request.body);
  } catch (error) {
    if (error instanceof BodyRefusal) throw new BadRequest(error.message, { cause: error });
    throw error;
  }
}

function parsed<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    throw new BadRequest(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
