import type { Server } from 'node:http';

/** Bounds for a listening server: slow or endless senders lose their connection, not our memory. */
export function hardenServer(server: Server): void {
  server.headersTimeout = 10_000;
  // A body of 1 MiB in 30 seconds is 35 kB a second.
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  server.maxHeadersCount = 100;
  server.maxRequestsPerSocket = 1000;
  // Each connection costs about 20 kB; a fleet has a proxy in front.
  server.maxConnections = 2000;
}
