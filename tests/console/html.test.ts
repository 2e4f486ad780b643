import fc from 'fast-check';
import { expect, test } from 'vitest';
import { data, jsonData, nameData } from '../../api/console/data.ts';
import { exact, html } from '../../api/console/html.ts';

test('whatever is put into a template is text, never markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const made = html`<p title="${text}">${text}</p>`.toString();
      const inside = made.slice('<p title="'.length, -'</p>'.length);
      expect(inside.split('">')).toHaveLength(2);
      expect(inside.replace('">', '')).not.toMatch(/[<>"'`]/);
    }),
  );
});

test('a script stays words', () => {
  const made = html`<li>${'<script>alert("${{ inputs.x }}")</script>'}</li>`.toString();
  expect(made).toBe('<li>&lt;script&gt;alert(&quot;${{ inputs.x }}&quot;)&lt;/script&gt;</li>');
});

test('markup made by the template is not escaped again, and lists are joined', () => {
  expect(html`<ul>${['a', 'b'].map((one) => html`<li>${one}</li>`)}</ul>`.toString()).toBe(
    '<ul><li>a</li><li>b</li></ul>',
  );
  expect(html`${null}${undefined}${false}${0}`.toString()).toBe('0');
});

test.each([
  ['a right-to-left override', '\u202e', 'U+202E'],
  ['an isolate', '\u2066', 'U+2066'],
  ['a zero-width space', '\u200b', 'U+200B'],
  ['an escape', '\u001b', 'U+001B'],
  ['a NUL', '\u0000', 'U+0000'],
  ['a carriage return alone', '\r', 'U+000D'],
  ['a tag letter', '\u{e0041}', 'U+E0041'],
  ['a blank letter', '\u3164', 'U+3164'],
  ['a soft hyphen', '\u00ad', 'U+00AD'],
  ['a lone surrogate', '\ud83d', 'U+D83D'],
])('%s is written out', (_what, character, name) => {
  expect(html`${`a${character}b`}`.toString()).toBe(`a[${name}]b`);
  expect(data(`a${character}b`).toString()).toContain(`a<span class="ctl">${name}</span>b`);
});

test('letters of any script, tabs and line ends stay as they are', () => {
  const text = 'שלום Привет 你好 🙂\tline\r\nnext';
  expect(html`${text}`.toString()).toBe('שלום Привет 你好 🙂\tline\nnext');
});

test('a name stays on its line, whatever it holds', () => {
  const made = nameData('DC-01\nAPPROVED BY Kim\tnow\r\n').toString();
  expect(made).not.toMatch(/[\n\t\r]/);
  expect(made).toContain('DC-01<span class="ctl">U+000A</span>APPROVED BY Kim');
});

test('marks heaped on a letter are counted, those that a script needs stay', () => {
  const heap = `D${'\u0336'.repeat(6)}${'\u035f'.repeat(34)}C`;
  expect(data(heap).toString()).toContain(`D${'\u0336'.repeat(6)}<span class="ctl">+34 marks</span>C`);
  expect(html`${heap}`.toString()).toBe(`D${'\u0336'.repeat(6)}[+34 marks]C`);
  const written = 'Tiê\u0301ng Vi\u0323\u0302t, ที่, שָׁלוֹם, བསྒྲུབས';
  expect(html`${written}`.toString()).toBe(written);
});

test('a form value comes back unchanged', () => {
  expect(exact('a\u200fb & "c"').toString()).toBe('a\u200fb &amp; &quot;c&quot;');
});

test('a word of two alphabets is pointed out', () => {
  expect(data('раypal').toString()).toContain('mixed alphabets');
  expect(data('paypal Привет').toString()).not.toContain('mixed alphabets');
});

test('a long value is in the page in full, folded away', () => {
  const text = `${'x'.repeat(5000)}END`;
  const made = jsonData(text).toString();
  expect(made).toContain(text);
  expect(made).toContain('5,003 characters: show all');
});
