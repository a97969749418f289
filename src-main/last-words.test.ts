import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { LastWords } from './last-words.ts';

function causeOf(said: string): string | null {
  const words = new LastWords();
  for (const line of said.split('\n')) words.hear(line);
  return words.cause;
}
/** What this Node says of a program that fails. */
const node = (program: string): string => spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }).stderr;

test('of an error that nobody caught, its message', () => {
  expect(causeOf(node(`console.error('a warning'); throw new TypeError('a part is missing')`))).toBe('TypeError: a part is missing');
  expect(causeOf(node(`throw Object.assign(new Error('libvips.so.42: cannot open shared object file'), { code: 'ERR_DLOPEN_FAILED' })`))).toBe('Error: libvips.so.42: cannot open shared object file');
  expect(causeOf(node(`import 'no-such-package'`))).toMatch(/^Error \[ERR_MODULE_NOT_FOUND\]: Cannot find package 'no-such-package'/);
});

test('of an error whose message has several lines, the first', () => {
  expect(causeOf(node(`throw new Error('The module was compiled\\nagainst another Node.\\nCompile it again.')`))).toBe('Error: The module was compiled');
});

test('of programs that are no Node, the last line', () => {
  expect(causeOf('/opt/electron: error while loading shared libraries: libnss3.so: cannot open shared object file: No such file or directory\n')).toContain('libnss3.so');
  expect(causeOf('[1:0601/1.2:ERROR:dbus/bus.cc:408] no bus\n[9:0608/150845.9:FATAL:sandbox/linux/suid/client/setuid_sandbox_host.cc:166] The SUID sandbox helper binary was found, but is not configured correctly.')).toBe('The SUID sandbox helper binary was found, but is not configured correctly.');
  expect(causeOf('terminate called after throwing an instance of \'std::bad_alloc\'\n  what():  std::bad_alloc')).toContain('std::bad_alloc');
});

test('of a program that said nothing, nothing; of one that said much, not more than a sentence', () => {
  expect(causeOf('\n \n')).toBeNull();
  expect(causeOf('  at last')).toBe('at last');
  expect(causeOf('x'.repeat(10_000))?.length).toBeLessThan(400);
  expect(causeOf(`${'noise\n'.repeat(10_000)}Error: the end`)).toBe('Error: the end');
});
