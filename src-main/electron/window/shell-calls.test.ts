import { expect, test, vi } from 'vitest';
import { isAllowed } from './shell-calls.ts';

vi.mock('electron', () => ({ dialog: null, shell: null, Menu: null, app: null }));

test.each(['https://github.com/facebookresearch/segment-anything/blob/main/LICENSE', 'https://www.apache.org/licenses/LICENSE-2.0'])('%s opens in the browser', (link) => {
  expect(isAllowed(link)).toBe(true);
});

test.each([
  'http://github.com/', 'file:///etc/passwd', 'javascript:alert(1)', 'smb://github.com/share', 'https://github.com.evil.example/', 'https://evil.example/github.com', 'https://github.com@evil.example/',
  'https://user:word@github.com/', 'https://github.com:8443/', '//github.com', 'github.com', '', 'ms-settings:', 'https://GITHUB.com.:443/',
])('%s does not', (link) => {
  expect(isAllowed(link)).toBe(false);
});
