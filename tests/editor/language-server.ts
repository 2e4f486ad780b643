import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/*
 * The YAML language server that most editors run, spoken to as an editor does: JSON-RPC over stdio. The
 * documents name their schema in a modeline, and nothing else is configured.
 */

const root = join(import.meta.dirname, '../..');

interface Message {
  id?: number | string;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message: string };
}

export interface Remark {
  message: string;
  line: number;
  /** The text that is underlined. */
  at: string;
}

export interface Completion {
  label: string;
  insertText: string;
  documentation: string;
}

export class LanguageServer {
  readonly #child = spawn(
    join(root, 'node_modules/.bin/node'),
    [join(root, 'node_modules/yaml-language-server/bin/yaml-language-server'), '--stdio'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  readonly #pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #published = new Map<string, (remarks: unknown[]) => void>();
  #buffer = Buffer.alloc(0);
  #requests = 0;
  #documents = 0;

  static async start(): Promise<LanguageServer> {
    const server = new LanguageServer();
    server.#child.stdout.on('data', (chunk: Buffer) => server.#read(chunk));
    await server.#request('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(root).href,
      capabilities: {
        textDocument: {
          completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'] } },
          hover: { contentFormat: ['markdown'] },
        },
      },
    });
    server.#notify('initialized', {});
    server.#notify('workspace/didChangeConfiguration', {
      settings: { yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false } } },
    });
    return server;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    await this.#request('shutdown', null);
    this.#notify('exit', null);
    await closed;
  }

  /** Everything the editor would underline. */
  async validate(text: string): Promise<Remark[]> {
    const uri = this.#nextUri();
    const published = new Promise<unknown[]>((resolve) => this.#published.set(uri, resolve));
    this.#open(uri, text);
    const lines = text.split('\n');
    const remarks = (await published) as {
      message: string;
      range: { start: { line: number; character: number }; end: { line: number; character: number } };
    }[];
    this.#close(uri);
    return remarks.map(({ message, range: { start, end } }) => ({
      message,
      line: start.line + 1,
      at: (lines[start.line] ?? '').slice(
        start.character,
        end.line === start.line ? end.character : undefined,
      ),
    }));
  }

  /** What is offered where the text has `¦`. */
  async complete(marked: string): Promise<Completion[]> {
    const answer = await this.#ask(marked, 'textDocument/completion');
    const { items } = (answer ?? { items: [] }) as {
      items: { label: string; insertText?: string; documentation?: unknown }[];
    };
    return items.map(({ label, insertText, documentation }) => ({
      label,
      insertText: insertText ?? '',
      documentation: markdownOf(documentation),
    }));
  }

  /** What is shown when the pointer rests where the text has `¦`. */
  async hover(marked: string): Promise<string> {
    const answer = (await this.#ask(marked, 'textDocument/hover')) as { contents?: unknown } | null;
    return markdownOf(answer?.contents);
  }

  async #ask(marked: string, method: string): Promise<unknown> {
    const at = marked.indexOf('¦');
    const before = marked.slice(0, at).split('\n');
    const uri = this.#nextUri();
    this.#open(uri, marked.replace('¦', ''));
    const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
    const answer = await this.#request(method, { textDocument: { uri }, position });
    this.#close(uri);
    return answer;
  }

  #nextUri(): string {
    return pathToFileURL(join(root, 'playbooks/editor', `made-up-${this.#documents++}.yaml`)).href;
  }

  #open(uri: string, text: string): void {
    this.#notify('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } });
  }

  #close(uri: string): void {
    this.#published.delete(uri);
    this.#notify('textDocument/didClose', { textDocument: { uri } });
  }

  #request(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#requests;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#send({ id, method, params });
    });
  }

  #notify(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  #send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #read(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const header = this.#buffer.indexOf('\r\n\r\n');
      if (header === -1) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#buffer.toString('utf8', 0, header))?.[1]);
      const end = header + 4 + length;
      if (this.#buffer.length < end) return;
      const message = JSON.parse(this.#buffer.toString('utf8', header + 4, end)) as Message;
      this.#buffer = this.#buffer.subarray(end);
      this.#take(message);
    }
  }

  #take(message: Message): void {
    if (message.method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = message.params as { uri: string; diagnostics: unknown[] };
      this.#published.get(uri)?.(diagnostics);
    } else if (message.method !== undefined && message.id !== undefined) {
      // What the server asks of an editor: it gets no further settings and no schemas of ours.
      this.#send({ id: message.id, result: message.method === 'workspace/configuration' ? [] : null });
    } else if (typeof message.id === 'number') {
      const waiting = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.error) waiting?.reject(new Error(message.error.message));
      else waiting?.resolve(message.result);
    }
  }
}

function markdownOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const value = (content as { value?: unknown } | null | undefined)?.value;
  return typeof value === 'string' ? value : '';
}
