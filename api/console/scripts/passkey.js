/*
 * Asks the browser for a passkey and sends its answer with the form. On the only pages that need a
 * script; what it may say to people stands in the page, hidden, so that all words are in one place.
 */

/** @param {HTMLFormElement} form @param {string} which of the paragraphs is shown */
function say(form, which) {
  for (const each of form.querySelectorAll('[data-say]'))
    if (each instanceof HTMLElement) each.hidden = each.dataset.say !== which;
}

/** @param {HTMLFormElement} form @returns {Promise<Credential | null>} */
function askFor(form) {
  const options = JSON.parse(form.dataset.options ?? '{}');
  return form.dataset.ask === 'create'
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

/** @param {HTMLFormElement} form @param {HTMLButtonElement} button */
async function ask(form, button) {
  button.disabled = true;
  say(form, 'asking');
  try {
    const credential = await askFor(form);
    const field = form.elements.namedItem('answer');
    // What it was asked for changed while the browser asked, and the page says so.
    if (isLocked()) return;
    if (credential instanceof PublicKeyCredential && field instanceof HTMLInputElement) {
      field.value = JSON.stringify(credential.toJSON());
      form.submit();
      return;
    }
  } catch {
    // Cancelled, too late, or no such key: browsers do not say which, so that no page can find out.
  }
  if (isLocked()) return;
  say(form, 'failed');
  button.disabled = false;
}

function isLocked() {
  return document.querySelector('.is-locked') !== null;
}

/** Browsers without these three functions are older than the spring of 2025. */
function canAsk() {
  return (
    typeof PublicKeyCredential === 'function' &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function' &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function' &&
    typeof PublicKeyCredential.prototype.toJSON === 'function'
  );
}

const form = document.querySelector('form[data-ask]');
const button = form?.querySelector('button[data-press]');
if (form instanceof HTMLFormElement && button instanceof HTMLButtonElement && canAsk()) {
  button.hidden = false;
  button.addEventListener('click', () => void ask(form, button));
  // The person has just pressed a button that said so.
  void ask(form, button);
}
