import express, { type Express } from 'express';
import type { Registry } from 'prom-client';
import type { Readiness } from '../../http/readiness.ts';

export interface MetricsParts {
  registry: Registry;
  readiness: () => Promise<Readiness>;
  failed(error: unknown): void;
}

/**
 * What machines that watch this process may ask, at an address of its own: also of a process that serves no API. Nobody
 * proves who they are, so it says numbers and words of ours, and belongs where only they reach it.
 */
export function serveMetrics({ registry, readiness, failed }: MetricsParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use((_request, response, next) => {
    response.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
    next();
  });
  app.get('/metrics', async (_request, response) => {
    const text = await registry.metrics();
    response.set('Content-Type', registry.contentType).send(text);
  });
  app.get('/healthz', (_request, response) => {
    response.json({ ok: true });
  });
  app.get('/readyz', async (_request, response) => {
    const { ok, checks } = await readiness();
    response.status(ok ? 200 : 503).json({ ok, checks });
  });
  app.use((_request, response) => {
    response.status(404).type('text/plain').send('There are /metrics, /healthz and /readyz.\n');
  });
  app.use(((error, _request, response, _next) => {
    failed(error);
    response
      .status(500)
      .type('text/plain')
      .send('It could not be counted; the log of the process says why.\n');
  }) satisfies express.ErrorRequestHandler);
  return app;
}
