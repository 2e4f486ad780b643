import { expect, it } from 'vitest';
import { relyingPartyOf } from '../../engine/core/identity/relying-party.ts';

it.each([
  ['https://soar.example.org/riposte', { id: 'soar.example.org', origin: 'https://soar.example.org' }],
  ['https://soar.example.org:8443', { id: 'soar.example.org', origin: 'https://soar.example.org:8443' }],
  ['http://localhost:4870', { id: 'localhost', origin: 'http://localhost:4870' }],
  ['http://riposte.localhost', { id: 'riposte.localhost', origin: 'http://riposte.localhost' }],
])('browsers give passkeys to %s', (url, party) => {
  expect(relyingPartyOf(url)).toEqual(party);
});

it.each([
  'http://127.0.0.1:4870',
  'https://192.0.2.7',
  'https://[2001:db8::1]',
  'http://[::1]:4870',
  'http://soar.example.org',
  'http://evil-localhost',
])('and none to %s', (url) => {
  expect(relyingPartyOf(url)).toBeNull();
});
