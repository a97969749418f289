import { expect, test, vi } from 'vitest';
import { isOurs } from './fences.ts';

vi.mock('electron', () => ({ app: null, protocol: {} }));

test('16: a page asks for nothing but what the program itself serves', () => {
  for (const ours of ['maskwright://app/', 'maskwright://app/assets/index.js', 'blob:maskwright://app/4f1c']) expect(isOurs(ours, false), ours).toBe(true);
  const others = ['https://example.com/', 'http://127.0.0.1:1/', 'ws://127.0.0.1:1/', 'file:///etc/passwd', 'maskwright://other/', 'maskwright://app.evil.example/', 'maskwright://app@evil.example/', 'blob:https://example.com/1', 'data:text/html,x', 'ftp://example.com/', 'chrome://gpu', 'devtools://devtools/bundled/x.html'];
  for (const other of others) expect(isOurs(other, false), other).toBe(false);
  expect(isOurs('devtools://devtools/bundled/devtools_app.html', true)).toBe(true);
});
