import { createServer, type RequestListener, type Server } from 'node:http';
import { StartError } from '../../engine/runtime/store/start-error.ts';
import { hardenServer } from '../http/harden-server.ts';

interface Place {
  host: string;
  port: number;
}

/**
 * @param variable what names the place, where it is not that of the API
 * @throws StartError that says what to set when nothing can be served there
 */
export function listen(app: RequestListener, place: Place, variable?: 'RIPOSTE_METRICS'): Promise<Server> {
  const server = createServer(app);
  hardenServer(server);
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(refusalOf(error, place, variable) ?? error),
    );
    server.listen(place.port, place.host, () => resolve(server));
  });
}

function refusalOf(
  cause: NodeJS.ErrnoException,
  { host, port }: Place,
  variable: string | undefined,
): StartError | null {
  const [itsPort, itsHost] = [variable ?? 'RIPOSTE_PORT', variable ?? 'RIPOSTE_HOST'];
  switch (cause.code) {
    case 'EADDRINUSE':
      return new StartError(
        'start/port-in-use',
        `port ${port} on ${host} is taken by another program; set ${itsPort} to a free one or stop it`,
        { cause },
      );
    case 'EACCES':
      return new StartError(
        'start/bad-config',
        `${itsPort}: this user may not listen on port ${port}; set a free one above 1023, and let a proxy have ${port}`,
        { cause },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(
        'start/bad-config',
        `${itsHost}: this machine has no address ${host} (${cause.code}); set one that it has, or 127.0.0.1 for itself alone`,
        { cause },
      );
    default:
      return null;
  }
}
