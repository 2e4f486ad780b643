import { recall } from './kept-heads.js';

/* What somebody brings to a verification: a key, perhaps a range, perhaps a head of their own. */

/**
 * @typedef {{
 *   key: string, serversWord: boolean, remember: boolean, own: string[], range: { from: number, to: number } | null,
 * }} Asked `serversWord`: the key was taken from the server; `own`: heads; `to`: the first entry behind the range
 */

/**
 * @param {HTMLElement} page @param {HTMLFormElement} form
 * @param {(asked: Asked, signal: AbortSignal) => Promise<void>} check one at a time
 */
export function prepareForm(page, form, check) {
  const { origin = '', serverKey = '' } = page.dataset;
  const key = field(form, 'key');
  const remember = form.elements.namedItem('remember');
  const kept = recall(origin);
  if (kept.key !== undefined) key.value = kept.key;
  if (remember instanceof HTMLInputElement) remember.checked = kept.key !== undefined;
  let serversWord = kept.serversWord === true;
  key.addEventListener('input', () => {
    serversWord = false;
  });
  page.querySelector('button[data-offer]')?.addEventListener('click', () => {
    key.value = serverKey;
    serversWord = true;
  });
  for (const input of form.querySelectorAll('input[data-into]'))
    input.addEventListener('change', () => {
      if (!(input instanceof HTMLInputElement)) return;
      const into = field(form, input.dataset.into ?? '');
      if (into === key) serversWord = false;
      void readFile(input, into);
    });
  /** @type {AbortController | null} */
  let running = null;
  page.querySelector('button[data-stop]')?.addEventListener('click', () => running?.abort());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (running !== null) return;
    running = new AbortController();
    form.dataset.busy = '';
    try {
      const remembered = remember instanceof HTMLInputElement && remember.checked;
      await check({ ...broughtIn(form), serversWord, remember: remembered }, running.signal);
    } finally {
      delete form.dataset.busy;
      running = null;
    }
  });
}

/** @param {HTMLFormElement} form */
function broughtIn(form) {
  const [from, to] = [field(form, 'from').value, field(form, 'to').value];
  const checkpoint = field(form, 'checkpoint').value.trim();
  return {
    key: field(form, 'key').value,
    // A copied text is often without its end.
    own: checkpoint === '' ? [] : [`${checkpoint}\n`],
    range:
      from === '' && to === ''
        ? null
        : { from: Number(from), to: to === '' ? Number.POSITIVE_INFINITY : Number(to) + 1 },
  };
}

/** @param {HTMLInputElement} input @param {HTMLTextAreaElement | HTMLInputElement} into */
async function readFile(input, into) {
  const [file] = input.files ?? [];
  // A key is a line and a checkpoint a few: what is longer is neither.
  if (file !== undefined) into.value = await file.slice(0, 20_000).text();
}

/** @param {HTMLFormElement} form @param {string} name */
function field(form, name) {
  const found = form.elements.namedItem(name);
  if (found instanceof HTMLTextAreaElement || found instanceof HTMLInputElement) return found;
  throw new Error(`the form has no field ${name}`);
}
