import { keyTypes } from './key-chain.js';

/*
 * What the server has of one log, as it answers anybody who may read it. Texts of entries are taken as they came and hashed;
 * that they are of the right kind is seen here, so that no one later has to doubt it.
 */

/** The server did not answer what was asked; `code` of a problem, where it names one. */
export class Refused extends Error {
  /** @param {string} message @param {string | null} code @param {number | null} status */
  constructor(message, code = null, status = null) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const triesMax = 6;
const waitSecondsMax = 60;

/**
 * @param {{ api: string, log: string, signal: AbortSignal }} where `api`: the address of /v1/audit
 * @returns what `verify-log.js` and `verify-range.js` ask, up to the newest head of this moment
 */
export async function openSource({ api, log, signal }) {
  const of = `log=${encodeURIComponent(log)}`;
  const ask = async (/** @type {string} */ path) => {
    for (let tries = 1; ; tries += 1) {
      const response = await fetch(`${api}${path}`, { signal, cache: 'no-store', redirect: 'error' });
      if (response.ok) return response;
      const again = Number(response.headers.get('retry-after'));
      if (tries < triesMax && (response.status === 429 || response.status === 503) && again > 0)
        await pause(Math.min(again, waitSecondsMax) * 1000, signal);
      else throw await refusalOf(response);
    }
  };
  const askJson = async (/** @type {string} */ path) => fieldsOf(await (await ask(path)).json());
  const pages = async function* (/** @type {string} */ path) {
    for (let cursor = ''; ; ) {
      const { items, next } = await askJson(`${path}&limit=200${cursor}`);
      if (!Array.isArray(items)) throw new Refused('The answer is no page of a list.');
      // An empty page is the last one, whatever it says of a next: nothing would ever end this.
      if (items.length > 0) yield items.map(fieldsOf);
      if (items.length === 0 || typeof next !== 'string') return;
      cursor = `&cursor=${encodeURIComponent(next)}`;
    }
  };
  const newest = await (await ask(`/log/checkpoint?${of}`)).text();
  const size = Number(newest.split('\n')[1]);
  const entries = async function* (types = '') {
    for await (const page of pages(`/entries?sort=index&${of}${types}`)) {
      const covered = page.filter(({ index }) => !(Number(index) >= size));
      if (covered.length > 0) yield covered.map(entryOf);
      if (covered.length < page.length) return;
    }
  };
  return {
    newest,
    size,
    entries: () => entries(),
    keyEntries: () => entries(`&type=${keyTypes.join(',')}`),
    async *checkpoints() {
      for await (const page of pages(`/checkpoints?sort=size&${of}`)) {
        const covered = page.filter((item) => Number(item.size) <= size);
        yield covered.flatMap(({ note }) => (typeof note === 'string' ? [{ note }] : []));
        if (covered.length < page.length) return;
      }
    },
    /** @type {import('./tiles.js').AskTile} */
    async tile(level, n, width) {
      const suffix = width === 256 ? '' : `.p/${width}`;
      try {
        const response = await ask(`/log/tile/${level}/${numberPath(n)}${suffix}?${of}`);
        return new Uint8Array(await response.arrayBuffer());
      } catch (error) {
        if (error instanceof Refused && error.code === 'audit/pruned') return null;
        throw error;
      }
    },
  };
}

/** @typedef {{ [field: string]: unknown }} Fields */

/** @param {unknown} value @returns {Fields} */
function fieldsOf(value) {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** @param {Fields} item @returns {import('./key-chain.js').Entry} */
function entryOf({ index, leaf, entry }) {
  return { idx: Number(index), leaf: String(leaf), raw: typeof entry === 'string' ? entry : null };
}

/** @param {Response} response */
async function refusalOf(response) {
  const problem = fieldsOf(await response.json().catch(() => null));
  const code = typeof problem.code === 'string' ? problem.code : null;
  const detail = typeof problem.detail === 'string' ? problem.detail : '';
  return new Refused(`${response.status} ${code ?? ''} ${detail}`, code, response.status);
}

/** `x001/x234/067`. @param {number} n */
function numberPath(n) {
  const groups =
    String(n)
      .padStart(Math.ceil(String(n).length / 3) * 3, '0')
      .match(/\d{3}/g) ?? [];
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
}

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
